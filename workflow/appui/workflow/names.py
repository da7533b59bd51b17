"""Names: communes and groupings as people write them, and what identifies such a name. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple, TypeGuard

NAME_MAX = 200
"""Characters. What is longer is no name."""

_IN_FULL: Mapping[str, str] = {
    "communaute communes": "cc",
    "communaute commune": "cc",
    "communautes communes": "cc",
    "comm communes": "cc",
    "comm comm": "cc",
    "com com": "cc",
    "comcom": "cc",
    "communaute agglomeration": "ca",
    "communaute agglo": "ca",
    "communaute urbaine": "cu",
}
_IN_LETTERS: Mapping[str, str] = {
    "cc": "cc",
    "c c": "cc",
    "cdc": "cc",
    "ca": "ca",
    "c a": "ca",
    "cda": "ca",
    "cu": "cu",
    "c u": "cu",
}
_AGGLO: Mapping[str, str] = {"agglomeration": "ca", "agglo": "ca"}
_METROPOLE: Mapping[str, str] = {"metropole": "metropole", "eurometropole": "metropole"}
"""How people write a kind, folded and without articles → kind. Letters are sure at an end of the name alone; « agglo »,
then « métropole », tell the kind when nothing else does: CC de l'Agglomération Migennoise, CA Nîmes Métropole."""

_SAID_AGAIN: Mapping[str, Mapping[str, str]] = {kind: {"communaute": kind} for kind in ("cc", "ca", "cu")}
"""Known kind → what then adds nothing to it: CC Mayenne Communauté."""
_KIND_WORDS = frozenset(word for phrase in (*_IN_FULL, *_IN_LETTERS, *_AGGLO, *_METROPOLE) for word in phrase.split())

_ARTICLES = frozenset("le la les l de du des d".split())
_NEAR = "lez"
"""« Lès » between two names; first or last it is a name itself, as in Lez-Fontaine and Prades-le-Lez."""
_SPELT_OUT: Mapping[str, str] = {
    "st": "saint",
    "ste": "sainte",
    "sts": "saints",
    "stes": "saintes",
    "2": "deux",
    "3": "trois",
    "4": "quatre",
    "5": "cinq",
    "6": "six",
    "7": "sept",
    "8": "huit",
    "9": "neuf",
    "10": "dix",
}
_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae"})
_WORD = re.compile(r"[^\W_\u02b0-\u02ff](?:[^\W_\u02b0-\u02ff]|[\u0300-\u036f])*")
_UNDER = re.compile(r"(?<![^\W_])s\s*/\s*s(?![^\W_])")
_ON = re.compile(r"(?<![^\W_])s\s*/")
_ASIDE = re.compile(r"\([^()]*\)|''[^']*''|\"[^\"]*\"")

_COMMUNE, _GROUPING = "commune", "grouping"
_OF = "(?:d|de|du|des) "
_THE = "(?:l[ea]? )?"
_TITLE = "(?:m|mr|mme|monsieur|madame) "
_SAID_BEFORE = {
    _COMMUNE: (
        f"(?:{_TITLE}{_THE}|l[ea] )maire(?:sse)? ",
        f"maire(?:sse)? (?={_OF})",
        f"{_THE}ville (?={_OF})",
        f"{_THE}commune nouvelle (?={_OF})",
        f"{_THE}commune ",
        f"{_THE}(?:secretariat (?:de )?{_THE})?mairie ",
        f"{_THE}municipalite ",
        f"{_THE}conseil municipal ",
        f"{_THE}hotel de ville ",
    ),
    _GROUPING: (f"(?:{_TITLE})?{_THE}presidente? ", f"{_THE}conseil communautaire "),
}
"""Whose name follows → what people write before it, folded. Ville-Langy is a name, « ville de Langy » is not."""
_HEADS = {whose: re.compile(f"(?:{'|'.join(said)})(?P<of>{_OF})?") for whose, said in _SAID_BEFORE.items()}
_CONTRACTED = {"du ": "le", "des ": "les"}
"""« Mairie du Bourg » is that of Le Bourg."""


class _Word(NamedTuple):
    plain: str
    written: str
    """With its accents."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read a written name. Two readings with the same key write the same name."""

    kind: str
    """`cc`, `ca`, `cu` or `metropole`; empty when no grouping is named."""
    words: tuple[str, ...]
    """Without case, accents, ligatures, abbreviations, articles, nor the words of the kind."""
    written: tuple[str, ...]
    """The same words with their accents."""
    articles: tuple[str, ...]

    @property
    def key(self) -> str:
        """What identifies the name: its kind, then its words."""
        return " ".join((self.kind, *self.words) if self.kind else self.words)

    def adds_no_article_to(self, name: Reading) -> bool:
        """Return whether the articles are those of that name, or some of them."""
        return not Counter(self.articles) - Counter(name.articles)

    def adds_no_accent_to(self, name: Reading) -> bool:
        """Return whether the accents are those of that name, of the same key, or some of them."""
        return all(map(_lacks_only_accents, self.written, name.written))


def fold_name(name: object) -> str:
    """Return what identifies a name, however it is written; empty for what cannot be a name.

    Case, accents, ligatures, punctuation and articles do not count, nor do « lès » and « lez »; « St » is « Saint »,
    « s/ » is « sur », « s/s » is « sous », « 2 » is « deux ». A grouping's kind comes first and in short, whatever its
    form and its place: « communauté de communes », « com com », « C.C. » are « cc ».
    """
    return next((reading.key for reading in readings(name)), "")


def plain_words(text: object) -> list[str]:
    """Return the words of a text in small letters without accents; none for what is not legible."""
    return [word.plain for word in _words_of(text)] if is_legible(text) else []


def readings(text: object) -> list[Reading]:
    """Return the ways to read a text: as it stands, then without what people write before a name (« mairie de »).

    Empty for what cannot be a name: no text, too long, or with characters that nobody sees.
    """
    if not is_legible(text):
        return []
    return [found for whose, words in _after_heads(_words_of(text)) for found in _read(words, whose)]


def names_of(name: str) -> list[Reading]:
    """Return how a name of the register may be written: in full, then without what stands in brackets or quotes."""
    [full] = _read(_words_of(name))
    if _ASIDE.search(name) is None:
        return [full]
    return [full, *(short for short in _read(_words_of(_ASIDE.sub(" ", name))) if short.kind == full.kind)]


def is_legible(text: object) -> TypeGuard[str]:
    """Return whether it is a text of reasonable length in which nothing is hidden."""
    return isinstance(text, str) and len(text) <= NAME_MAX and all(map(_is_seen, text))


def _is_seen(letter: str) -> bool:
    return letter.isprintable() or letter.isspace()


def _words_of(text: str) -> list[_Word]:
    # Twice, since folding the case may take letters apart again.
    small = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold()).translate(_LIGATURES)
    spelt = _ON.sub(" sur ", _UNDER.sub(" sous ", small)) if "/" in small else small
    return [word for word in map(_word, _WORD.findall(spelt)) if word.plain]


@lru_cache(maxsize=1 << 15)
def _word(written: str) -> _Word:
    plain = _plain(written)
    spelt_out = _SPELT_OUT.get(plain)
    return _Word(plain, written) if spelt_out is None else _Word(spelt_out, spelt_out)


def _plain(word: str) -> str:
    if word.isascii():
        return word
    return "".join(letter for letter in unicodedata.normalize("NFKD", word) if not unicodedata.combining(letter))


def _lacks_only_accents(mine: str, its: str) -> bool:
    return len(mine) == len(its) and all(map(lambda one, other: one in (other, _plain(other)), mine, its))


def _after_heads(words: Sequence[_Word]) -> Iterator[tuple[str, Sequence[_Word]]]:
    """Yield the words, then what follows each thing that people write before a name, with whose name it must be."""
    whose = ""
    yield whose, words
    while found := _head(words):
        if whose not in ("", found[0]):
            return
        whose, words = found
        yield whose, words


def _head(words: Sequence[_Word]) -> tuple[str, Sequence[_Word]] | None:
    text = " ".join(word.plain for word in words)
    for whose, pattern in _HEADS.items():
        found = pattern.match(text)
        if found is not None:
            following = words[found[0].count(" ") :]
            article = _CONTRACTED.get(found["of"] or "")
            return whose, [_Word(article, article), *following] if article else following
    return None


def _read(words: Sequence[_Word], whose: str = "") -> Iterator[Reading]:
    """Yield the reading of those words, unless there are none, or they cannot be the name of who is expected."""
    named = [word for word in words if word.plain not in _ARTICLES]
    articles = [word.plain for word in words if word.plain in _ARTICLES] if named else []
    kind, named = _without_kind(named or list(words))
    if not named or whose == (_COMMUNE if kind else _GROUPING):
        return
    kept = [word for place, word in enumerate(named) if word.plain != _NEAR or place in (0, len(named) - 1)]
    plain, written = zip(*kept, strict=True)
    yield Reading(kind, plain, written, (*articles, *["les"] * (len(named) - len(kept))))


def _without_kind(words: list[_Word]) -> tuple[str, list[_Word]]:
    """Return the kind of grouping that words name, and the other words; no kind when nothing else is left."""
    if _KIND_WORDS.isdisjoint(word.plain for word in words):
        return "", words
    kind, rest = _taken_out(words)
    again = kind
    while again and rest:
        again, rest = _taken_out(rest, kind)
    return (kind, rest) if rest else ("", words)


def _taken_out(words: list[_Word], known: str = "") -> tuple[str, list[_Word]]:
    """Return the first kind that words name, and the words without it; only the known one, if it is known."""
    plain = [word.plain for word in words]
    size = len(words)
    ends = [(0, 2), (0, 1), (max(size - 2, 0), size), (size - 1, size)]
    inside = [(start, start + length) for start in range(size) for length in (2, 1)]
    places = (
        (_IN_FULL, ends),
        (_IN_LETTERS, ends),
        (_IN_FULL, inside),
        (_AGGLO, inside),
        (_METROPOLE, inside),
        (_SAID_AGAIN.get(known, {}), inside),
    )
    for phrases, spans in places:
        for start, stop in spans:
            kind = phrases.get(" ".join(plain[start:stop]))
            if kind is not None and known in ("", kind):
                return kind, [*words[:start], *words[stop:]]
    return "", words
