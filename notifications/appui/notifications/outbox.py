"""The outbox: messages claimed under a lease, and what became of each recorded by who holds it. The SQL of delivery.

Every method takes the raw connection of a transaction that somebody else begins and commits.
"""

# ruff: noqa: S608 - texts are put together from constants of this module, values are always parameters

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from appui.notifications.attempts import Tried
from appui.notifications.message import CANCELLED, QUEUED, REFUSED, SENDING, UNKNOWN

INTERRUPTED = "L'envoi a été interrompu : le courriel est peut-être parti."

_WAITING = f"status IN ('{QUEUED}', '{UNKNOWN}')"
_HELD = f"id = :id AND lease = :lease AND status = '{SENDING}'"


class Speaker(Protocol):
    """Runs one text of SQL on either kind of base; `$name(…)` stands for what they write differently."""

    def run(self, raw: Any, text: str, parameters: Mapping[str, Any]) -> int:
        """Run a statement; return how many rows it touched."""
        ...

    def run_each(self, raw: Any, text: str, lines: Sequence[Mapping[str, Any]]) -> None:
        """Run a statement for each line."""
        ...

    def all(self, raw: Any, text: str, parameters: Mapping[str, Any]) -> Sequence[tuple[Any, ...]]:
        """Return every row."""
        ...


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to send one message, for as long as the lease runs."""

    message_id: str
    lease: int
    """Number of the lease."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A message in bytes, and the address it goes to."""

    message_id: str
    email: str
    content: bytes


class Outbox:
    """The queue of messages in the base."""

    def __init__(self, speaker: Speaker) -> None:
        self._sql = speaker

    def expire(self, raw: Any, *, now: datetime, again_at: datetime) -> int:
        """Mark as uncertain what was being sent by somebody whose lease has run out; return how many there were."""
        return self._sql.run(
            raw,
            f"""UPDATE appui_message SET status = '{UNKNOWN}', doubtful = true, attempts = attempts + 1,
                lease_until = NULL, not_before = $as_instant(:again_at), answer = :answer
            WHERE lease_until <= $as_instant(:now) AND status = '{SENDING}'""",
            {"now": _text(now), "again_at": _text(again_at), "answer": INTERRUPTED},
        )

    def claim(self, raw: Any, *, now: datetime, until: datetime, limit: int) -> list[Claim]:
        """Take up to `limit` messages that are due, the longest due first; nobody else takes them until then."""
        rows = self._sql.all(
            raw,
            f"""WITH due AS MATERIALIZED (
                SELECT id FROM appui_message WHERE {_WAITING} AND not_before <= $as_instant(:now)
                ORDER BY not_before, id LIMIT :limit $unclaimed())
            UPDATE appui_message SET status = '{SENDING}', lease = lease + 1, lease_until = $as_instant(:until)
            WHERE id IN (SELECT id FROM due) RETURNING id, lease""",
            {"now": _text(now), "until": _text(until), "limit": limit},
        )
        return [Claim(*row) for row in rows]

    def find_letter(self, raw: Any, message_id: str) -> Letter | None:
        """Return the letter of a message, None when it is not composed yet."""
        text = "SELECT message_id, email, content FROM appui_letter WHERE message_id = :id"
        rows = self._sql.all(raw, text, {"id": message_id})
        return Letter(rows[0][0], rows[0][1], bytes(rows[0][2])) if rows else None

    def keep_letter(self, raw: Any, letter: Letter) -> None:
        """Keep a letter as it will be sent, and sent again."""
        self._sql.run(
            raw,
            "INSERT INTO appui_letter (message_id, email, content) VALUES (:id, :email, :content)",
            {"id": letter.message_id, "email": letter.email, "content": letter.content},
        )

    def settle(self, raw: Any, message_id: str, *, recipient: str, name: str | None, email: str | None) -> None:
        """Write down who a message is for, now that it leaves."""
        self._sql.run(
            raw,
            "UPDATE appui_message SET recipient = :recipient, name = :name, email = :email WHERE id = :id",
            {"id": message_id, "recipient": recipient, "name": name, "email": email},
        )

    def copy(self, raw: Any, message_id: str, *, new_id: str, recipient: str, name: str | None, now: datetime) -> None:
        """Queue the same message for somebody else too."""
        self._sql.run(
            raw,
            f"""INSERT INTO appui_message (id, case_id, seq, notice, label, recipient, name, email, outside, visit,
                not_before, status, data)
            SELECT :new_id, case_id, seq, notice, label, :recipient, :name, NULL, outside, visit,
                $as_instant(:now), '{QUEUED}', data FROM appui_message WHERE id = :id""",
            {"id": message_id, "new_id": new_id, "recipient": recipient, "name": name, "now": _text(now)},
        )

    def record(self, raw: Any, claim: Claim, tried: Tried) -> bool:
        """Record a try. Return False, writing nothing, when the lease is somebody else's by now."""
        return self._end(raw, claim, tried, attempts=1)

    def dismiss(self, raw: Any, claim: Claim, *, status: str, reason: str) -> None:
        """Record that a message is not even tried: `refused` or `cancelled`, and why."""
        self._end(raw, claim, Tried(status=status, answer=reason), attempts=0)

    def release(self, raw: Any, claims: Sequence[Claim]) -> None:
        """Give back what was claimed and has not been tried, as it was."""
        self._sql.run_each(
            raw,
            f"""UPDATE appui_message SET status = CASE WHEN doubtful THEN '{UNKNOWN}' ELSE '{QUEUED}' END,
                lease_until = NULL WHERE {_HELD}""",
            [{"id": claim.message_id, "lease": claim.lease} for claim in claims],
        )

    def retry(self, raw: Any, message_id: str, *, now: datetime) -> bool:
        """Have a message that waits, was refused or was cancelled tried at once; return False for any other.

        Unless somebody may have it, it is composed anew: who receives it may have changed.
        """
        changed = self._sql.run(
            raw,
            f"""UPDATE appui_message SET status = CASE WHEN doubtful THEN '{UNKNOWN}' ELSE '{QUEUED}' END,
                attempts = 0, not_before = $as_instant(:now)
            WHERE id = :id AND (status IN ('{REFUSED}', '{CANCELLED}') OR {_WAITING})""",
            {"id": message_id, "now": _text(now)},
        )
        self._sql.run(
            raw,
            f"""DELETE FROM appui_letter WHERE message_id = :id
            AND EXISTS (SELECT 1 FROM appui_message WHERE id = :id AND status = '{QUEUED}')""",
            {"id": message_id},
        )
        return changed == 1

    def cancel(self, raw: Any, message_id: str, *, reason: str) -> bool:
        """Have a message that waits, or was refused, never sent; return False for any other."""
        return (
            self._sql.run(
                raw,
                f"""UPDATE appui_message SET status = '{CANCELLED}', answer = :reason
                WHERE id = :id AND (status = '{REFUSED}' OR {_WAITING})""",
                {"id": message_id, "reason": reason},
            )
            == 1
        )

    def _end(self, raw: Any, claim: Claim, tried: Tried, *, attempts: int) -> bool:
        changed = self._sql.run(
            raw,
            f"""UPDATE appui_message SET status = :status, answer = :answer, lease_until = NULL,
                attempts = attempts + :attempts, sent_at = $as_instant(:sent_at), doubtful = doubtful OR :doubtful,
                not_before = coalesce($as_instant(:not_before), not_before)
            WHERE {_HELD}""",
            {
                "id": claim.message_id,
                "lease": claim.lease,
                "status": tried.status,
                "answer": tried.answer,
                "attempts": attempts,
                "sent_at": _text(tried.sent_at),
                "not_before": _text(tried.not_before),
                "doubtful": tried.doubtful,
            },
        )
        return changed == 1


def _text(moment: datetime | None) -> str | None:
    """Return an instant as the bases keep it."""
    return None if moment is None else moment.astimezone(UTC).isoformat(timespec="microseconds")
