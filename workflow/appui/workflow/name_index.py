"""The name index: who bears a written name, and who bears one that is near. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from heapq import nsmallest
from itertools import chain
from typing import NamedTuple

from rapidfuzz import process
from rapidfuzz.distance import OSA

from appui.workflow.names import NAME_MAX, Reading, names_of

_BEGINNINGS = {
    "": (),
    "cc": ("cc", "communaute communes"),
    "ca": ("ca", "communaute agglomeration"),
    "cu": ("cu", "communaute urbaine"),
    "metropole": ("metropole",),
}
"""Kind of a name → how people begin to write it, folded."""

_SLIPS = ((0, 1), (1, 7), (2, 14), (3, NAME_MAX))
"""How many mistyped letters → in a name of how many letters at most."""
_SAME_WORDS, _BEGUN, _BEGUN_FURTHER_ON, _SHARED, _EACH_OTHER_WORD, _OTHER_KIND = 0.5, 1.5, 1.75, 2.5, 0.1, 0.25
"""How far a name is, in mistyped letters: when its words are those written, when they begin so, and so on."""


@dataclass(frozen=True)
class Named:
    """Who bears a name in the register."""

    code: str
    name: str
    departments: tuple[str, ...]
    population: int

    @cached_property
    def written(self) -> list[Reading]:
        """How the name may be written, in full first."""
        return names_of(self.name)


class Bearer(NamedTuple):
    """Someone whose name is what was written, by the same key."""

    named: Named
    name: Reading
    written: Reading


class NameIndex:
    """The names of a part of the register."""

    def __init__(self, named: Sequence[Named]) -> None:
        """`named`: of two that are equally near, the earlier comes first."""
        self._named = named
        self._bearers: dict[str, list[tuple[Named, Reading]]] = defaultdict(list)
        self._with_word: dict[str, list[int]] = defaultdict(list)
        self._words: list[str] = []
        self._spellings: list[str] = []
        self._owners: list[int] = []
        for owner, each in enumerate(named):
            full = each.written[0]
            words = " ".join(full.words)
            spellings = [words, *(f"{beginning} {words}" for beginning in _BEGINNINGS[full.kind])]
            for name in each.written:
                self._bearers[name.key].append((each, name))
            for word in set(full.words):
                self._with_word[word].append(owner)
            self._words.append(f" {words}")
            self._spellings += spellings
            self._owners += [owner] * len(spellings)
        self._longest = max(map(len, self._spellings), default=0)

    def bearers(self, written: Sequence[Reading]) -> list[Bearer]:
        """Return whose name one of the readings is."""
        return [Bearer(named, name, each) for each in written for named, name in self._bearers.get(each.key, ())]

    def near(self, written: Reading, *, limit: int) -> list[Named]:
        """Return who bears that name or a near one, nearest first: mistyped, shortened, or still being typed."""
        nearest: dict[int, float] = {}
        for owner, far in chain(self._mistyped(written), self._begun(written), self._shared(written)):
            total = far if self._named[owner].written[0].kind == written.kind else far + _OTHER_KIND
            nearest[owner] = min(total, nearest.get(owner, total))
        best = nsmallest(limit, nearest.items(), key=lambda found: (found[1], found[0]))
        return [self._named[owner] for owner, _ in best]

    def _mistyped(self, written: Reading) -> Iterator[tuple[int, float]]:
        letters = sum(map(len, written.words))
        slips = next((few for few, most in _SLIPS if letters <= most), 0)
        if len(written.key) > self._longest + slips:
            return
        found = process.extract(written.key, self._spellings, scorer=OSA.distance, score_cutoff=slips, limit=None)
        yield from ((self._owners[place], far) for _, far, place in found)

    def _begun(self, written: Reading) -> Iterator[tuple[int, float]]:
        """Yield the names that have the words together and in order, the last of them perhaps unfinished."""
        words = f" {' '.join(written.words)}"
        for owner in [owner for owner, name in enumerate(self._words) if words in name]:
            name = self._words[owner]
            yield owner, _SAME_WORDS if name == words else _BEGUN if name.startswith(words) else _BEGUN_FURTHER_ON

    def _shared(self, written: Reading) -> Iterator[tuple[int, float]]:
        """Yield the names that have all the words and others, or have some of the words and no others."""
        words = set(written.words)
        counts = Counter(owner for word in words for owner in self._with_word.get(word, ()))
        for owner, common in counts.items():
            its = len(set(self._named[owner].written[0].words))
            if common in (len(words), its):
                yield owner, _SHARED + _EACH_OTHER_WORD * (len(words) + its - 2 * common)
