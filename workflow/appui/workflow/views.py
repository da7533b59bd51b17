"""Views: what the engine answers, frozen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from appui.notifications.message import Message
from appui.states.case import Case
from appui.states.deadlines import Deadline
from appui.states.errors import AppuiError, Refusal
from appui.states.events import CaseEvent
from appui.states.local_share import LocalShare
from appui.states.procedure import Field
from appui.workflow.commands import Act


@dataclass(frozen=True, kw_only=True, slots=True)
class ActionView:
    """One action of a case: permitted now, or why not."""

    name: str
    label: str
    permitted: bool
    refusals: tuple[Refusal, ...]
    """Every unmet reason; empty when permitted."""
    who_can: tuple[str, ...]
    """Who holds the right on this case today: people by name, then roles nobody is known for."""
    fields: tuple[Field, ...]
    presumed: tuple[str, ...] = ()
    """Guards that pass only because an import took their fact for granted."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What an action would make of a case."""

    case: Case
    state: str
    events: tuple[CaseEvent, ...]
    deadlines: tuple[Deadline, ...]
    """Those that would change."""
    messages: tuple[Message, ...]
    """Those that would be queued, recipients settled as of now."""
    share_before: LocalShare | None = None
    """The local share of the département and the civil year, when the action changes the route; else None."""
    share_after: LocalShare | None = None
    """The same after the action."""


@dataclass(frozen=True, slots=True)
class Difference:
    """What a line says now, and what it said when it was last taken in."""

    name: str
    """The column, or `state` when the same words are read otherwise."""
    before: str
    after: str


DONE, REFUSED = "done", "refused"
"""What became of an action of a list, beside `KNOWN`: its key says that it was done before."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Acted:
    """What became of one action of a list."""

    command: Act
    status: str
    """`done`, `refused`, or `known`: it was done before, under the same key."""
    case: Case | None = None
    """As written or, when it was done before, as it stands; None when refused."""
    refusal: AppuiError | None = None
    """What `act` would have raised."""
    key: str | None = None


ADDED, KNOWN, DIFFERENT, CHANGED = "added", "known", "different", "changed"
"""What became of a line: a new case, nothing new, differences that nobody has accepted, differences accepted."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Imported:
    """What became of a line that was imported."""

    case: Case
    status: str
    """`added`, `known`, `different` or `changed`."""
    differences: tuple[Difference, ...] = ()
    conflict: str = ""
    """Why the differences cannot be accepted, in French; empty when they can."""


@dataclass(frozen=True, slots=True)
class Page:
    """Some items of a list, and where the next ones begin."""

    items: tuple[Case, ...]
    next: str | None
    """Opaque; None at the end."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Event:
    """One event of the committed feed."""

    cursor: str
    """Opaque: give it as `after` to read on."""
    type: str
    case_id: str
    seq: int
    action: str
    actor_id: str
    recorded_at: datetime
    effective_on: date
    data: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Foreseen:
    """Something that will happen to a case if nobody does anything."""

    at: datetime
    """Aware, UTC; now, for what is due already."""
    case_id: str
    reference: str
    kind: str
    """`deadline`: it passes; `reminder`: people are reminded of it; `message`: it is queued and leaves."""
    label: str
    """French name of the deadline, or of the message."""
    key: str | None = None
    """Of the deadline; None for a message."""
    due_on: date | None = None
    """The day due; None for a message."""
    recipients: tuple[str, ...] = ()
    """Who hears of it, by name where one is known."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Document:
    """A file of a case; its content is kept once, by its hash."""

    id: str
    sha256: str
    name: str
    media_type: str
    size: int
    """Bytes."""
