"""The library: every known version of every procedure, and which one a date of reception calls for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from importlib.resources import files

from appui.states.errors import UnknownProcedure
from appui.states.functions import Functions
from appui.states.parsing import Content, build_procedure, read_content
from appui.states.procedure import Procedure
from appui.states.wording import day_in_words, listed


class Library:
    """Procedures by key and version. A host's own stand beside those that are shipped."""

    def __init__(self, procedures: Iterable[Procedure]) -> None:
        self._versions = {(procedure.key, procedure.version): procedure for procedure in procedures}

    def __iter__(self) -> Iterator[Procedure]:
        return iter(self._versions.values())

    @property
    def contents(self) -> list[Content]:
        """The plain data of every version, for those that extend them."""
        return [procedure.content for procedure in self]

    def find(self, key: str, version: int) -> Procedure | None:
        """Return that version, None when there is none."""
        return self._versions.get((key, version))

    def get(self, key: str, version: int) -> Procedure:
        """Return that version. UnknownProcedure when there is none."""
        found = self.find(key, version)
        if found is None:
            raise UnknownProcedure(f"La version {version} de la procédure « {key} » n'est pas connue ici.")
        return found

    def for_reception(self, key: object, day: date) -> Procedure:
        """Return the latest version that covers a request received on that day. UnknownProcedure when none does."""
        covering = [procedure for procedure in self.versions_of(key) if procedure.covers(day)]
        if not covering:
            raise UnknownProcedure(f"Aucune version de « {key} » ne couvre une réception le {day_in_words(day)}.")
        return max(covering, key=lambda procedure: procedure.version)

    def versions_of(self, key: object) -> list[Procedure]:
        """Return every version of a procedure, the oldest first. UnknownProcedure when there is none."""
        versions = sorted((each for each in self if each.key == key), key=lambda procedure: procedure.version)
        if not versions:
            known = listed(sorted({procedure.key for procedure in self}), last="ou")
            asked = f" : « {key[:60]} »" if isinstance(key, str) else ""
            raise UnknownProcedure(f"Procédure inconnue{asked} ; attendu {known}.")
        return versions

    def with_more(self, procedures: Iterable[Procedure]) -> Library:
        """Return a library with these versions too; the same key and version replace what was known."""
        return Library([*self, *procedures])


def shipped(functions: Functions, *, notices: Sequence[str] | None = None) -> Library:
    """Return the procedures that come with the package."""
    procedures: list[Procedure] = []
    folder = files("appui.states") / "procedures"
    for file in sorted(folder.iterdir(), key=lambda each: each.name):
        if file.name.endswith(".toml"):
            bases = [procedure.content for procedure in procedures]
            content = read_content(file.read_bytes(), source=file.name, bases=bases)
            procedures.append(build_procedure(content, functions, source=file.name, notices=notices))
    return Library(procedures)
