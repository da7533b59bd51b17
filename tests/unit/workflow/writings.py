"""Writings: how people write a name of the register, made by fixed rules, without a word of the code under test."""

import re
import unicodedata
from collections.abc import Iterator

from appui.states.applicant import Applicant

VOWELS = "aâeéèêëiîoôuyh"
ARTICLES = r"(?:le|la|les|de|du|des)"
ABBREVIATIONS = {"Saint": "St", "Sainte": "Ste", "Saints": "Sts", "Saintes": "Stes"}
KINDS = {
    "CC": ("communauté de communes", "Communauté de commune", "C.C.", "CC", "cc", "com com", "ComCom", "Com. com."),
    "CA": ("communauté d'agglomération", "C.A.", "CA", "Agglo", "agglomération", "Communauté d’agglo"),
    "CU": ("communauté urbaine", "C.U.", "CU"),
}
HEADS = ("commune", "Mairie", "ville", "Mme le maire", "M. le Maire", "Madame la maire", "MAIRIE", "Municipalité")
LETTERS = "abcdefghijklmnopqrstuvwxyz"
SPELT_OUT = {
    "st": "saint", "ste": "sainte", "sts": "saints", "stes": "saintes", "2": "deux", "3": "trois", "4": "quatre",
    "5": "cinq", "6": "six", "7": "sept", "8": "huit", "9": "neuf", "10": "dix",
}  # fmt: skip
NOT_NAMES = set(
    "le la les l de du des d lez cc c ca cu u a com comm comcom cdc cda communaute communautes communes commune "
    "agglo agglomeration urbaine metropole eurometropole maire mairie ville mme m monsieur madame municipalite".split()
)


def without_accents(text: str) -> str:
    """Return the text in letters of a keyboard that has no accents."""
    letters = "".join(each for each in unicodedata.normalize("NFD", text) if not unicodedata.combining(each))
    return letters.replace("œ", "oe").replace("Œ", "OE")


def bare(text: str) -> str:
    """Return the letters and figures alone: what nobody who knows the name leaves out."""
    return "".join(each for each in without_accents(text).lower() if each.isalnum())


def significant(text: str) -> list[str]:
    """Return the words that tell who is meant, by the documented rules, written down a second time."""
    spelt = re.sub(r"\bs ?/ ?s\b", "sous", without_accents(text).lower())
    words = re.findall(r"[a-z0-9]+", re.sub(r"\bs ?/", " sur ", spelt))
    return [word for word in (SPELT_OUT.get(word, word) for word in words) if word not in NOT_NAMES]


def promised(applicant: Applicant, department: str) -> Iterator[tuple[str, str]]:
    """Yield (rule, writing) for the writings that are accepted within their département."""
    name = applicant.name
    yield "as in the register", name
    yield "capitals", name.upper()
    yield "small letters", name.lower()
    yield "no accents", without_accents(name)
    yield "capitals without accents", without_accents(name).upper()
    yield "letters and accents apart", unicodedata.normalize("NFD", name)
    yield "no hyphens", name.replace("-", " ")
    yield "spaces", f"  {name.replace(' ', '  ')}\u00a0"
    for mark in "’ʼ`´′ ":
        yield "apostrophes", name.replace("'", mark)
    yield "ligatures", name.replace("oe", "œ").replace("Oe", "Œ") if "Coe" in name else name.replace("œ", "oe")
    yield "abbreviated", abbreviated(name)
    yield "all together", without_accents(abbreviated(name)).upper().replace("-", " ").replace("'", " ")
    yield "on and under", re.sub(r"[- ]sur[- ]", " s/", re.sub(r"[- ]sous[- ]", " s/s ", name))
    for near in ("les", "lez", "lès"):
        yield "near", re.sub(r"(?<=\w)-l[eè][sz]-(?=\w)", f"-{near}-", name)
    yield "département by code", f"{name} ({department})"
    yield "département after", f"{name} {department}"
    yield from promised_of_a_commune(applicant) if applicant.kind == "commune" else promised_of_a_grouping(applicant)


def promised_of_a_commune(commune: Applicant) -> Iterator[tuple[str, str]]:
    """Yield the writings that only communes have."""
    name = commune.name
    for head in HEADS:
        yield "head", f"{head} {of(name)}"
    yield "head twice", f"Monsieur le maire de la commune {of(name)}"
    shorter = re.sub(rf"(?:^|(?<=[- ])){ARTICLES}[- ]|(?:^|(?<=[- ]))[LlDd]'", "", name, flags=re.IGNORECASE)
    if not re.search(r"\(", name) and bare(shorter):
        yield "no articles", shorter
    found = re.fullmatch(r"(Le|La|Les) (.+)|(L')(.+)", name)
    if found:
        article, rest = [each for each in found.groups() if each]
        yield "article behind", f"{rest} ({article})"


def promised_of_a_grouping(grouping: Applicant) -> Iterator[tuple[str, str]]:
    """Yield the writings that only groupings have."""
    kind, _, rest = grouping.name.partition(" ")
    for written in KINDS.get(kind, ()):
        yield "kind", f"{written} {rest}"
        yield "kind behind", f"{re.sub(rf'^(?:{ARTICLES} |la |l.|d.)+', '', rest)} - {written}"
        yield "kind in brackets", f"{rest} ({written})"
    if kind in KINDS:
        yield "no articles", f"{kind} {re.sub(rf'(?:^|(?<= )){ARTICLES} ', '', rest)}"
        yield "head", f"Mme la Présidente de la {kind} {rest}"
    aside = re.sub(r"\s*(?:\([^()]*\)|''.*?''|\".*?\")", "", grouping.name)
    if aside not in KINDS:
        yield "no brackets", aside


def abbreviated(name: str) -> str:
    """Return the name with « St » and the like."""
    return re.sub(r"\bSaint(?:e|s|es)?\b", lambda found: ABBREVIATIONS[found[0]], name)


def of(name: str) -> str:
    """Return « de La Vergne », « du Bourg », « d'Échiré »."""
    for article, contracted in (("Le ", "du "), ("Les ", "des ")):
        if name.startswith(article):
            return contracted + name.removeprefix(article)
    return f"d'{name}" if name[0].lower() in VOWELS else f"de {name}"


def shortened(name: str) -> set[str]:
    """Return the name without its last word, without its last letters, and that of a grouping without its kind."""
    words = re.split(r"(?<=[ -])", name)
    return {"".join(words[:-1]), name[:-2], re.sub(r"^(CC|CA|CU) (d'|de |du )?", "", name)} - {name}


def mistyped(name: str, number: int) -> Iterator[str]:
    """Yield the name with one slip each, where `number` says: a wrong letter, one less, one more, two swapped."""
    places = [place for place, each in enumerate(name) if each.isalpha()]
    place = places[number % len(places)]
    letter = LETTERS[(LETTERS.find(without_accents(name[place]).lower()[0]) + 1 + number % 25) % 26]
    yield name[:place] + letter + name[place + 1 :]
    yield name[:place] + name[place + 1 :]
    yield name[:place] + letter + name[place:]
    if place + 1 < len(name) and name[place + 1].isalpha() and name[place].lower() != name[place + 1].lower():
        yield name[:place] + name[place + 1] + name[place] + name[place + 2 :]
