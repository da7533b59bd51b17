"""Commands: what a caller asks of the engine, frozen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from appui.states.applicant import ApplicantByHand


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
    department: str | None = None
    """Which of its départements registers the case of an EPCI over several; None: that of most inhabitants."""
    key: str
    """What tells this line from the others of its source, at every import."""
