"""The feed: every committed event, in the order of commits, nothing missed."""

from __future__ import annotations

from collections.abc import Iterator

from appui.states.errors import InvalidData
from appui.workflow.db.rows import FeedEntry
from appui.workflow.views import Event

LIMIT_MAX = 10_000


def events_of(entries: list[FeedEntry], after: tuple[int, int, int] | None) -> Iterator[Event]:
    """Yield the events of the entries, those up to `after` left out."""
    for each in entries:
        for rank, event in enumerate(each.entry.events):
            place = (*each.cursor, rank)
            if after is None or place > after:
                data = {name: value for name, value in event.to_json().items() if name != "type"}
                yield Event(
                    cursor=".".join(map(str, place)),
                    type=event.type,
                    case_id=each.entry.case_id,
                    seq=each.entry.seq,
                    action=each.entry.action,
                    actor_id=each.entry.actor_id,
                    recorded_at=each.entry.recorded_at,
                    effective_on=each.entry.effective_on,
                    data=data,
                )


def check_limit(limit: object) -> None:
    """Raise InvalidData for a number of items that no page can have."""
    if isinstance(limit, bool) or not isinstance(limit, int) or not 1 <= limit <= LIMIT_MAX:
        raise InvalidData([("limit", f"Attendu un nombre entier entre 1 et {LIMIT_MAX}.")])


def place_of(cursor: object) -> tuple[int, int, int] | None:
    """Return what a cursor says, None for the beginning. InvalidData when it is none of ours."""
    if cursor is None:
        return None
    parts = cursor.split(".") if isinstance(cursor, str) else []
    if len(parts) != 3 or not all(part.isascii() and part.isdigit() and len(part) < 20 for part in parts):
        raise InvalidData([("after", "Ce repère n'en est pas un : donnez celui du dernier événement lu.")])
    return int(parts[0]), int(parts[1]), int(parts[2])
