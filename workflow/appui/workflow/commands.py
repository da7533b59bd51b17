"""Commands: what a caller asks of the engine, frozen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from appui.states.applicant import ApplicantByHand
from appui.states.errors import InvalidData
from appui.states.fields import clean_value
from appui.states.procedure import Field


@dataclass(frozen=True, slots=True)
class OpenCase:
    """Register a request."""

    procedure: str
    """Key; the version is the one that covers the date of reception."""
    applicant: str | ApplicantByHand
    """INSEE code, SIREN, or who stands in no register."""
    title: str
    data: Mapping[str, Any] = field(default_factory=dict)
    department: str | None = None
    """Which of its départements registers the case of an EPCI over several; None: that of most inhabitants."""


@dataclass(frozen=True, slots=True)
class Act:
    """Do something to a case that was read at `expected_version`."""

    case_id: str
    action: str
    data: Mapping[str, Any]
    expected_version: int


@dataclass(frozen=True, kw_only=True, slots=True)
class ImportCase:
    """Take in a case that began elsewhere, with what is known of it and nothing else."""

    procedure: str
    applicant: str | ApplicantByHand
    title: str
    data: Mapping[str, Any]
    state: str
    known_on: date
    """The local day on which the source was true."""
    route: str | None = None
    presumed: tuple[str, ...] = ()
    words: Mapping[str, str] = field(default_factory=dict)
    """The source's own words, column by column."""
    source: str
    """The file's declared name."""
    caveat: str = ""
    """What must be said with every figure that counts cases of that source; French."""
    department: str | None = None
    """Which of its départements registers the case of an EPCI over several; None: that of most inhabitants."""
    key: str
    """What tells this line from the others of its source, at every import."""
    line: int | None = None
    """Where it stands in the file."""
    routed_on: date | None = None
    """The local day of the route, when the source gives it."""
    accept: bool = False
    """Whether a line that has changed since it was taken in changes the case."""


_WORD = Field(name="words", type="paragraph", label="Mots de la source")
_LINE = Field(name="key", type="text", label="Clé de la ligne", required=True)


def check_import(command: ImportCase) -> None:
    """Raise InvalidData, with every fault, for what an import says of itself and of its source."""
    errors: list[tuple[str, str]] = []
    # A caller is no type checker: an instant is a date to Python, and so is what a spreadsheet gives.
    if type(command.known_on) is not date:
        errors.append(("known_on", "Attendu le jour où la source était vraie."))
    if not isinstance(command.state, str):
        errors.append(("state", "Attendu le nom d'un état."))
    if command.routed_on is not None and (type(command.routed_on) is not date or command.route is None):
        errors.append(("routed_on", "Attendu le jour de l'orientation, avec sa voie."))
    if not isinstance(command.words, Mapping):
        errors.append(("words", "Attendu les mots de la source, colonne par colonne."))
    given = [(_LINE, "source", command.source), (_LINE, "key", command.key), (_WORD, "caveat", command.caveat)]
    if isinstance(command.words, Mapping):
        given += [(_LINE, "words", name) for name in command.words]
        given += [(_WORD, f"words.{name}", value) for name, value in command.words.items()]
    for expected, path, value in given:
        try:
            clean_value(expected, value, path=path, today=date.max)
        except InvalidData as invalid:
            errors += invalid.errors
    if errors:
        raise InvalidData(errors)
