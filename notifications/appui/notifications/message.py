"""Messages: one thing to tell one recipient, queued in the transaction of the action that gives rise to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

QUEUED = "queued"
SENDING = "sending"
SENT = "sent"
REFUSED = "refused"
UNKNOWN = "unknown"
CANCELLED = "cancelled"
NOT_DEPARTED = frozenset({QUEUED, CANCELLED, REFUSED})
"""Statuses of messages that nobody has, unless one of their attempts ended without an answer."""
STATUSES: Mapping[str, str] = {
    QUEUED: "en attente",
    SENDING: "en cours d'envoi",
    SENT: "envoyé",
    REFUSED: "refusé",
    UNKNOWN: "envoi incertain",
    CANCELLED: "annulé",
}
"""Status → how it is called."""


DEADLINES = "deadlines"
"""Where the data of a reminder list what it reminds of: `key`, `label`, `due_on`, `late`, `missed`, and `on_behalf_of`,
the absent person for whom the recipient stands in."""


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
    """Aware, UTC: it is not tried before. Until the first attempt it can be recalled."""
    status: str = QUEUED
    data: Mapping[str, Any] = field(default_factory=dict)
    attempts: int = 0
    """How many times it was tried."""
    sent_at: datetime | None = None
    """When the server took it: aware, UTC."""
    answer: str | None = None
    """The server's last answer, or why the message was not sent, in words; None while there is nothing to say."""
    doubtful: bool = False
    """Whether an attempt ended without an answer: its recipient may have received it once more than is known."""

    @property
    def departed(self) -> bool:
        """Whether its recipient may have it."""
        return self.doubtful or self.status not in NOT_DEPARTED
