"""The gazetteer: whom a written name surely stands for, and whom it may stand for. Pure."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

from appui.workflow.name_index import Bearer, Named, NameIndex
from appui.workflow.names import Reading, fold_name, is_legible, readings

_PLACE = re.compile(r"(?:[(\[](?P<aside>[^()\[\]]+)[)\]]|[\s,–-](?P<code>\d\d|2[ab]|9[78]\d))\s*\Z", re.IGNORECASE)
_DEPARTMENT = re.compile("(?:departement|dept?) ")


class _Asked(NamedTuple):
    whole: list[Reading]
    """Of the text as it stands."""
    placed: list[Reading]
    """Of what precedes the département that the text gives; empty without one."""
    place: str | None
    """Code of that département."""

    @property
    def said(self) -> list[Reading]:
        return self.placed or self.whole


class Gazetteer:
    """The names of the register. The index of a département, or of France, is made when it is first needed."""

    def __init__(self, named: Iterable[Named], *, departments: Mapping[str, str]) -> None:
        """`departments`: code → name."""
        self._named = sorted(named, key=lambda each: (-each.population, each.code))
        self._departments = {
            fold_name(said): code
            for code, name in departments.items()
            for said in (code, name, f"{code} {name}", f"{name} {code}")
        }
        self._indexes: dict[str | None, NameIndex] = {}

    def bearers(self, text: object, *, department: str | None) -> list[Named]:
        """Return who bears the written name, within the département when one is given; communes first, by code."""
        return _each_once(bearer.named for bearer in self._bearers(self._asked(text), department))

    def look_up(self, text: object, *, department: str | None, limit: int) -> tuple[Named | None, list[Named]]:
        """Return whom a text surely names, None when nobody is sure, and whom it may name: see `Register.look_up`."""
        asked = self._asked(text)
        if not asked.whole:
            return None, []
        home = department or asked.place
        bearers = self._bearers(asked, department)
        accepted = _only_one(bearers)
        found = [*([accepted] if accepted else ()), *(bearer.named for bearer in bearers)]
        found += self._index(home).near(asked.said[-1], limit=limit)
        if home and not accepted:
            france = self._index(None)
            same = [bearer.named for bearer in france.bearers(asked.said)]
            found += same if found else france.near(asked.said[-1], limit=limit)
        return accepted, _each_once(found)[:limit]

    def _asked(self, text: object) -> _Asked:
        if not is_legible(text):
            return _Asked([], [], None)
        found = _PLACE.search(text)
        said = fold_name(found["aside"] or found["code"]) if found else ""
        place = self._departments.get(_DEPARTMENT.sub("", said, count=1))
        return _Asked(readings(text), readings(text[: found.start()]) if found and place else [], place)

    def _bearers(self, asked: _Asked, department: str | None) -> list[Bearer]:
        home = {department} if department else set()
        found = self._within(home, asked.whole)
        if asked.place:
            found += self._within(home | {asked.place}, asked.placed)
        return sorted(found, key=lambda bearer: (bearer.name.kind != "", bearer.named.code))

    def _within(self, departments: set[str], written: Sequence[Reading]) -> list[Bearer]:
        index = self._index(min(departments, default=None))
        return [bearer for bearer in index.bearers(written) if departments.issubset(bearer.named.departments)]

    def _index(self, department: str | None) -> NameIndex:
        if department not in self._indexes:
            named = self._named if department is None else self._by_department[department]
            self._indexes[department] = NameIndex(named)
        return self._indexes[department]

    @cached_property
    def _by_department(self) -> Mapping[str, list[Named]]:
        found = defaultdict(list)
        for named in self._named:
            for department in named.departments:
                found[department].append(named)
        return found


def _only_one(bearers: Sequence[Bearer]) -> Named | None:
    """Return the only one who can be meant, or None.

    Whoever writes a commune in haste leaves out articles and adds none: « La Vergne » is not Vergné. When several names
    fold to the same, accents too are left out and not added: « Vergné » is not La Vergne, « Vergne » may be either.
    Between groupings nobody can tell so.
    """
    alone = len({bearer.named.code for bearer in bearers}) == 1
    meant = {named.code: named for named, name, written in bearers if name.kind or _may_be(written, name, alone=alone)}
    return meant.popitem()[1] if len(meant) == 1 else None


def _may_be(written: Reading, name: Reading, *, alone: bool) -> bool:
    return written.adds_no_article_to(name) and (alone or written.adds_no_accent_to(name))


def _each_once(named: Iterable[Named]) -> list[Named]:
    return list({each.code: each for each in named}.values())
