"""Messages: one thing to tell one recipient, queued in the transaction of the action that gives rise to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

QUEUED = "queued"
CANCELLED = "cancelled"
NOT_DEPARTED = frozenset({QUEUED, CANCELLED})
"""Statuses of messages of which nothing has left the building."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Message:
    """A message to be sent, by the name of its notice; who exactly receives it is settled when it leaves."""

    id: str
    case_id: str
    seq: int
    """Number of the entry that gives rise to it."""
    notice: str
    label: str
    """French name of the notice."""
    recipient: str
    """`applicant`, `person:ID`, `provider:ID`, `party:ID` or `role:ROLE`: who that is may change until it leaves."""
    name: str | None
    """Recipient's name, None until it is settled."""
    email: str | None
    outside: bool
    """Whether the recipient is outside the service."""
    visit: int
    """Number of the entry that entered the state in which the message makes sense."""
    not_before: datetime
    """Aware, UTC: until then it can be recalled."""
    status: str = QUEUED
    data: Mapping[str, Any] = field(default_factory=dict)
