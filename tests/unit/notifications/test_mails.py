"""What the mails say, and how: every one is kept beside this file, as its reader gets it."""

import re
from html.parser import HTMLParser

import pytest
from tests.unit.notifications.mails import KEPT, READERS, TEMPLATES, WITHIN, as_kept, mails, values_for

from appui.notifications.data import NAMES, samples
from appui.notifications.notices import RULES, notices
from appui.notifications.rendering import SUBJECT_LIMIT
from appui.notifications.template_files import faults_of, shipped_source

MAILS = mails()
HOSTILE = (
    "A\r\nBcc: autre@exemple.invalid\r\n\r\n<script>alert(1)</script>",
    "</p></main><img src=https://exemple.invalid/x onerror=x>",
    "{{ reference }}{% for x in range(9) %}{{ x }}{% endfor %}{# #}",
    "x" * 3000,
    "\u202eelbisivni\u202c\u2066\u200f\u200b\x00\x1b[31m\x02" + "0\x03",
    "\n\n\x020\x03\n\n",
    "« a & b » \"c\" 'd' `e` &amp; &lt;b&gt;",
    "https://exemple.invalid/\" onclick=\"x",
)  # fmt: skip
VOID = {"meta", "br"}
TECHNICAL = re.compile(
    r"\b(workflow|status|statut|undefined|none|null|true|false|template|json|api|token|id|uuid|cloud|user|login|bug|"
    r"process|deadline|feedback|mail|email|e-mail|please|dear|your|the|procedure|version_\w+|\w+_\w+)\b",
    re.IGNORECASE,
)


class Reader(HTMLParser):
    """Reads a page, and fails on a tag that is not closed where it should be."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.links: list[str] = []
        self.attributes: set[str] = set()
        self.words: list[str] = []

    def handle_starttag(self, tag, attrs):
        """Keep what a tag says."""
        self.tags.append(tag)
        self.attributes |= {name for name, _ in attrs}
        self.links += [value for name, value in attrs if name in {"href", "src", "action"}]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        """Close the tag that is open."""
        assert self.open
        assert self.open.pop() == tag

    def handle_data(self, data):
        """Keep what people read."""
        if not self.open or self.open[-1] not in {"style", "title"}:
            self.words.append(data)


def read(html):
    """Return a page as it was read."""
    reader = Reader()
    reader.feed(html)
    reader.close()
    assert reader.open == []
    return reader


def shape(html):
    """Return the tags of a page, in order."""
    return read(html).tags


def told(words):
    """Return all that people read of a mail, links left out."""
    return re.sub(r"https?://\S+|\S+@\S+", "", f"{words.subject}\n{words.text}")


def named(mail):
    """Return how a test is called."""
    return f"{mail[0]}-{mail[1]}"


each_mail = pytest.mark.parametrize("mail", MAILS, ids=map(named, MAILS))


def test_every_reader_of_a_notice_is_known():
    """A new recipient rule says whom its mails speak to."""
    assert set(READERS) == set(RULES)


@pytest.mark.parametrize("notice", notices())
def test_every_notice_has_a_template_that_is_right(notice):
    """Our own stand the checks that an operator's must stand, and say something when little is known."""
    assert faults_of(notice, shipped_source(notice).encode()) == []


def test_no_template_is_left_without_a_notice():
    """What nobody sends is gone."""
    folder = KEPT.parents[3] / "notifications" / "appui" / "notifications" / "templates"

    assert {path.stem for path in folder.glob("*.j2")} == set(notices())


def test_every_declared_name_serves():
    """The reference lists no name that no mail of ours needs; those beside are the layout's."""
    used = set().union(*(TEMPLATES.names(notice) for notice in notices()))

    assert set(NAMES) - used == {"outside", "service", "contact_hours", "link"}


@pytest.mark.parametrize("notice", notices())
def test_a_mail_stays_as_somebody_read_it(notice):
    """After a change on purpose: `python -c "from tests.unit.notifications.mails import write; write()"`, and read."""
    assert as_kept(notice) == (KEPT / f"{notice}.txt").read_text(encoding="utf-8")


def test_no_snapshot_is_left_of_a_notice_that_is_gone():
    """The folder holds what is sent, no more."""
    assert {path.stem for path in KEPT.glob("*.txt")} == set(notices())


@each_mail
def test_the_subject_begins_with_what_it_is_and_fits_a_telephone(mail):
    """The reference comes after the words, and neither is cut."""
    _, _, words = mail

    assert len(words.subject) <= SUBJECT_LIMIT
    assert samples()["reference"] in words.subject[10:]
    assert not words.subject.endswith("…")


@each_mail
def test_the_spaces_are_french(mail):
    """No sign stands alone at the beginning of a line."""
    _, _, words = mail
    text = told(words)

    assert re.findall(r"(?<![\u00a0\n])[:;?!»](?![0-9])", text) == []
    assert re.findall(r"«(?!\u00a0)", text) == []
    assert " €" not in text
    assert re.findall(r"\b1 (?:janvier|février|mars|avril|mai|juin|juillet|août)", text) == []
    assert re.findall(r"  |\.\.| ,| \.", text) == []


@each_mail
def test_every_sentence_begins_and_ends_as_one(mail):
    """Paragraphs have a capital and a full stop, a comma or a colon."""
    _, _, words = mail
    body = words.text.split("Bien cordialement,")[0].split("\n\n")
    sentences = [part.removeprefix("→ ") for part in body if part and part[0] not in ">–" and "\n" not in part]
    sentences = [part for part in sentences if "\u00a0: " not in part or part.endswith(".")]

    for sentence in sentences:
        assert sentence[0] == sentence[0].upper(), sentence
        assert sentence.strip()[-1] in ".,:)", sentence


@each_mail
def test_no_word_is_technical_or_english(mail):
    """A mayor's secretary reads every word without a dictionary."""
    _, _, words = mail

    assert TECHNICAL.findall(told(words)) == []


@each_mail
def test_people_outside_know_who_writes_and_how_to_answer(mail):
    """A name, a direct number, its hours; answering the mail is enough."""
    _, rule, words = mail
    if READERS.get(rule.partition(" ")[0], WITHIN) == WITHIN:
        return

    assert words.text.startswith("Madame, Monsieur,")
    for part in ("Mme Exemple", "05 00 00 00 01 (du lundi au vendredi", "répondre à ce courriel."):
        assert part in words.text


@each_mail
def test_the_page_says_what_the_text_says(mail):
    """Whoever reads the text knows no less."""
    _, _, words = mail
    signs = re.compile(r"[\s\u00a0>→–:]+")
    page, text = (signs.sub("", each) for each in ("".join(read(words.html).words), words.text))

    assert page == text


@each_mail
def test_the_page_stands_alone(mail):
    """French, for a telephone, in light and dark, nothing to be fetched."""
    _, _, words = mail
    page = read(words.html)

    assert words.html.startswith('<!DOCTYPE html>\n<html lang="fr">')
    assert '<meta name="viewport" content="width=device-width, initial-scale=1">' in words.html
    assert '<meta name="color-scheme" content="light dark">' in words.html
    assert not {"img", "script", "link", "iframe", "form", "object"} & set(page.tags)
    assert not re.search(r"url\(|@import", words.html)
    assert all(link.startswith("https://") and "exemple.invalid" in link for link in page.links)


@pytest.mark.parametrize("hostile", HOSTILE)
@pytest.mark.parametrize("notice", notices())
def test_hostile_words_stay_words(notice, hostile):
    """Whatever somebody types changes no header and no markup, and hides nothing."""
    rule = notices()[notice].to[0]
    usual = values_for(rule)
    values = {
        name: (hostile,) if isinstance(value, tuple) else hostile if isinstance(value, str) else value
        for name, value in usual.items()
    }
    words = TEMPLATES.words(notice, values)
    line = "".join(letter for letter in hostile if letter not in "\r\n")

    assert len(words.subject) <= SUBJECT_LIMIT
    assert words.subject.isprintable() or "\u00a0" in words.subject
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2066-\u2069]", words.text + words.html)
    assert set(shape(words.html)) <= set(shape(TEMPLATES.words(notice, usual).html)) | {"p", "blockquote", "a"}
    assert read(words.html).attributes <= {"lang", "charset", "name", "content", "class", "href"}
    if line.startswith("x"):
        assert line in words.html


@pytest.mark.parametrize("notice", notices())
def test_a_long_name_cuts_the_end_of_the_subject_only(notice):
    """What it is and the reference stay."""
    long = "Communauté de communes du Très-Long-Nom-de-Vallée et des Plateaux d'Exemple"
    words = TEMPLATES.words(notice, values_for(notices()[notice].to[0], applicant=long))

    assert len(words.subject) <= SUBJECT_LIMIT
    assert samples()["reference"] in words.subject


LINES = [
    {"key": "first_answer", "label": "Première réponse", "due_on": "2026-03-17", "late": True, "missed": 2},
    {"key": "completion", "label": "Compléments", "due_on": "2026-04-02", "late": False, "missed": 0},
]


def test_a_reminder_names_the_other_deadlines_that_fell_together():
    """One mail a person and case: what else is due, what could not be sent in time, and for whom one stands in."""
    lines = [{**LINES[0], "on_behalf_of": "Mme Absente"}, LINES[1]]
    words = TEMPLATES.words("first_answer_due", values_for("in_charge", deadlines=lines))
    said = words.text.replace("\u00a0", " ")

    assert "Sur le même dossier :\n\n– Compléments, pour le jeudi 2 avril 2026" in said
    assert "Ce courriel tient lieu de 2 rappels qui n'ont pas pu partir à temps." in said
    assert "Vous recevez ce rappel parce que vous remplacez Mme Absente." in said
    assert "Compléments, pour le jeudi" in words.html.replace("\u00a0", " ")


def test_a_reminder_of_one_deadline_says_nothing_more():
    """No empty list, no « 0 rappels »."""
    alone = TEMPLATES.words("first_answer_due", values_for("in_charge", deadlines=[{**LINES[0], "missed": 0}]))

    assert alone == TEMPLATES.words("first_answer_due", values_for("in_charge"))
