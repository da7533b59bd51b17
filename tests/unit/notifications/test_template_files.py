"""Templates that an operator puts in the place of ours: right, or refused at the start with what is wrong."""

import pytest

from appui.notifications.data import samples
from appui.notifications.template_files import MAX_BYTES, Templates
from appui.states.errors import InvalidConfig

RIGHT = "{% block subject %}Bien reçu – {{ reference }}{% endblock %}{% block body %}Merci !{% endblock %}"


def body(text):
    """Return a template with that body."""
    return "{% block subject %}Sujet{% endblock %}\n{% block body %}\n" + text + "\n{% endblock %}"


@pytest.fixture
def folder(tmp_path):
    """Write templates in a folder, and return it."""

    def write(**sources):
        for name, source in sources.items():
            content = source if isinstance(source, bytes) else source.encode()
            (tmp_path / f"{name}.j2").write_bytes(content)
        return tmp_path

    return write


def refusal(folder):
    """Return the sentence with which a folder is refused."""
    with pytest.raises(InvalidConfig) as refused:
        Templates(folder)
    return str(refused.value)


def test_a_service_says_it_in_its_own_words(folder):
    """Its template replaces ours; the greeting, the answer and the signature stay."""
    words = Templates(folder(acknowledgement=RIGHT)).words("acknowledgement", samples())

    assert words.subject == "Bien reçu – 79-2026-0001"
    assert words.text.startswith("Madame, Monsieur,\n\nMerci\u00a0!\n\n")
    assert "répondre à ce courriel." in words.text


def test_the_other_notices_keep_ours(folder):
    """One file changes one mail, and other files are none of ours."""
    (folder(acknowledgement=RIGHT) / "LISEZMOI.txt").write_text("Nos modèles")
    words = Templates(folder()).words("refused", samples())

    assert words == Templates().words("refused", samples())


@pytest.mark.parametrize(
    ("source", "line", "sentence"),
    [
        (body("{{ referense }}"), 3, "le nom « referense » est inconnu ; vouliez-vous dire « reference » ?"),
        (body("{{ zzz }}"), 3, "ceux qui existent : reference, title, applicant"),
        (body("{{ title }"), 3, "n'est pas un modèle Jinja valide"),
        (body("{% if title %}"), 4, "n'est pas un modèle Jinja valide"),
        (body("{{ title.__class__ }}"), 3, "« Getattr » n'a pas sa place ici"),
        (body("{{ title['x'] }}"), 3, "« Getitem » n'a pas sa place ici"),
        (body("{{ title|upper }}"), 3, "« Filter » n'a pas sa place ici"),
        (body("{{ 'a' * 1000000000 }}"), 3, "« Mul » n'a pas sa place ici"),
        (body("{% set x = 1 %}"), 3, "« Assign » n'a pas sa place ici"),
        (body("{% include 'x' %}"), 3, "« Include » n'a pas sa place ici"),
        (body("{% for x in title %}{{ x }}{% endfor %}"), 3, "« for » parcourt une liste donnée : awaited"),
        (body("{% for x in range(10) %}{{ x }}{% endfor %}"), 3, "le nom « range » est inconnu"),
        (body("{{ title() }}"), 3, "seuls facts, items, quote et todo s'appellent"),
        (body("Motif : {{ reason }}"), 3, "entourez de « if » ce qui peut manquer (reason)"),
        ("Bonjour " + RIGHT, 1, "ce qui est hors des blocs ne s'enverrait pas"),
        (RIGHT + "{% block autre %}{% endblock %}", 1, "le bloc « autre » est inconnu"),
        (b"\xff" + RIGHT.encode(), 1, "n'est pas en UTF-8"),
    ],
)
def test_a_wrong_template_is_refused_with_its_file_and_line(folder, source, line, sentence):
    """The operator knows where, what, and what would be right."""
    said = refusal(folder(acknowledgement=source))

    assert f"acknowledgement.j2, ligne {line} : " in said
    assert sentence in said


@pytest.mark.parametrize(
    ("name", "source", "sentence"),
    [
        ("acknowledgment", RIGHT, "« acknowledgment » ; vouliez-vous dire « acknowledgement » ?"),
        ("refused", "{% block subject %}Sujet{% endblock %}", "manque le bloc « body »"),
        ("refused", "", "manque le bloc « subject »"),
        ("refused", RIGHT + " " * MAX_BYTES, "trop grand, 64 Kio au plus"),
        ("refused", "{" * 60_000, "trop imbriqué"),
        ("refused", body("{{ " + "(" * 20_000 + "title" + ")" * 20_000 + " }}"), "trop imbriqué"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_a_template_is_refused(folder, name, source, sentence):
    """Before anybody is written to."""
    assert sentence in refusal(folder(**{name: source}))


def test_every_fault_of_every_file_is_told_at_once(folder):
    """One start shows all there is to correct."""
    said = refusal(folder(refused=body("{{ x1 }}\n{{ x2 }}"), dropped=body("{{ x3 }}")))

    assert all(f"« {name} »" in said for name in ("x1", "x2", "x3"))
    assert said.count("refused.j2, ligne") == 2


def test_a_list_and_an_answer_are_said_in_french(folder):
    """Nobody reads « True » or brackets."""
    text = "{% if accepts %}{{ accepts }}{% endif %} {% if grounds %}{{ grounds }}{% endif %}"
    words = Templates(folder(refused=body(text))).words("refused", samples())

    assert "\n\noui fragilité de la collectivité et ingénierie rare\n\n" in words.text


def test_marks_of_the_page_are_its_own(folder):
    """Neither a template nor a value can put a part twice or out of its place."""
    source = body("\x020\x03\n\n{{ quote(reason) }}\n\n{{ title }}")
    words = Templates(folder(refused=source)).words("refused", samples() | {"title": "\n\n\x020\x03\n\n"})

    assert words.text.count(samples()["reason"]) == 1
