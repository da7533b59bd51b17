"""Procedures: those shipped, configured or given by a host, and every version that cases in the base are pinned to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from appui.notifications.notices import notices
from appui.states.case import Case
from appui.states.errors import InvalidProcedure
from appui.states.functions import Functions
from appui.states.library import Library, shipped
from appui.states.machine import needs_for_act, needs_for_explaining
from appui.states.parsing import build_procedure, parse_procedure
from appui.states.procedure import Action, Field, Procedure
from appui.workflow.db.database import Database
from appui.workflow.db.rows import KeptProcedure
from appui.workflow.db.store import Store


def assembled(procedures: Iterable[Procedure | Path | str], *, functions: Functions, folder: Path | None) -> Library:
    """Return the shipped procedures, those of the folder and those given, each checked. InvalidProcedure otherwise."""
    known = list(notices())
    library = shipped(functions, notices=known)
    files = sorted(folder.glob("*.toml")) if folder is not None else []
    for given in [*files, *procedures]:
        if isinstance(given, Procedure):
            library = library.with_more([_as_its_content_says(given, functions, known)])
            continue
        text = given.read_bytes() if isinstance(given, Path) else given
        source = given.name if isinstance(given, Path) else "donnée par l'hôte"
        read = parse_procedure(text, functions, source=source, bases=library.contents, notices=known)
        library = library.with_more([read])
    return library


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What an action may need beside its case, by any procedure and version: the case's own is not known yet."""

    references: tuple[Field, ...] = ()
    """The fields whose values must exist somewhere."""
    facts: frozenset[str] = frozenset()
    """The outside facts."""
    holders: bool = False
    """Whether some message goes to whoever holds a role."""


_NOTHING = Foreseen()


class Procedures:
    """The versions that an engine knows."""

    def __init__(self, own: Library, database: Database, store: Store, functions: Functions) -> None:
        self._own = own
        self._database = database
        self._store = store
        self._functions = functions
        self._library: Library | None = None
        self._foreseen: dict[str, Foreseen] = {}

    @property
    def library(self) -> Library:
        """The engine's own versions and those kept in the base. InvalidProcedure as `load` says."""
        return self.load()

    def load(self) -> Library:
        """Read the library, once: before work takes a connection, for who holds one must not wait for a second.

        InvalidProcedure when a file has changed without a new number while cases follow it.
        """
        if self._library is None:
            with self._database.reading() as raw:
                self._library = self._read(raw)
        return self._library

    def pinned(self, raw: Any, case: Case) -> Procedure:
        """Return the version that a case follows; another process may have kept it since the library was read."""
        found = self.library.find(case.procedure, case.procedure_version)
        if found is None:
            self._library = self._read(raw)
            self._foreseen = {}
        return found or self.library.get(case.procedure, case.procedure_version)

    def foreseen(self, action: object) -> Foreseen:
        """Return what an action of that name may need."""
        if not isinstance(action, str):
            return _NOTHING
        if not self._foreseen:
            named = defaultdict(list)
            for each in (each for procedure in self.library for each in procedure.actions.values()):
                named[each.name].append(each)
            self._foreseen = {name: self._foreseen_for(actions) for name, actions in named.items()}
        return self._foreseen.get(action, _NOTHING)

    def foreseen_by_guards(self) -> frozenset[str]:
        """Return the outside facts that the guards of some procedure need."""
        return frozenset().union(*(needs_for_explaining(self._functions, procedure) for procedure in self.library))

    def _foreseen_for(self, actions: Iterable[Action]) -> Foreseen:
        fields = {(field.name, field.type): field for action in actions for field in action.references}
        facts = (needs_for_act(self._functions, action) for action in actions)
        told = {recipient for action in actions for notice in action.notices for recipient in notices()[notice].to}
        holders = any(recipient.startswith("role:") for recipient in told)
        return Foreseen(tuple(fields.values()), frozenset().union(*facts), holders)

    def _read(self, raw: Any) -> Library:
        kept = self._store.list_procedures(raw)
        return self._own.with_more([older for each in kept if (older := self._older(each)) is not None])

    def keep(self, raw: Any, procedure: Procedure, *, now: datetime) -> None:
        """Keep the content of a version with the first case that follows it.

        InvalidProcedure when another process has kept something else under that number since the library was read.
        """
        kept = KeptProcedure(
            key=procedure.key,
            version=procedure.version,
            content_hash=procedure.content_hash,
            content=procedure.content,
            recorded_at=now,
        )
        if not self._store.record_procedure(raw, kept):
            already = self._store.find_procedure(raw, procedure.key, procedure.version)
            _refuse_change(procedure, None if already is None else already.content_hash)

    def _older(self, kept: KeptProcedure) -> Procedure | None:
        """Return the version kept in the base when the engine has none of that number."""
        known = self._own.find(kept.key, kept.version)
        if known is None:
            return build_procedure(kept.content, self._functions, source=f"{kept.key} {kept.version}")
        _refuse_change(known, kept.content_hash)
        return None


def _as_its_content_says(given: Procedure, functions: Functions, notices: Sequence[str]) -> Procedure:
    """Return the procedure, checked. InvalidProcedure when it is another than the content that cases are pinned to."""
    source = f"{given.key} {given.version}"
    read = build_procedure(given.content, functions, source=source, notices=notices)
    if read != given:
        text = "ce contenu décrit une autre procédure : changez le contenu ou le texte TOML, puis relisez-le."
        raise InvalidProcedure(source, [("content", text)])
    return read


def _refuse_change(procedure: Procedure, kept_hash: str | None) -> None:
    if kept_hash is not None and procedure.content_hash != kept_hash:
        text = "le fichier a changé et des dossiers suivent cette version : donnez-lui un nouveau numéro."
        raise InvalidProcedure(f"{procedure.key} {procedure.version}", [("version", text)])
