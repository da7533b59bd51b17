"""Queries on the keys of actions: which of a list have been done."""

# ruff: noqa: S608 - texts are put together from constants of this package, values are always parameters

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict
from typing import Any

from appui.workflow.db.dialects import LINES, Spoken
from appui.workflow.db.rows import DoneKey, json_text

_KEEP = """INSERT INTO appui_bulk_key (actor_id, key, case_id, seq, digest) {rows}
    ON CONFLICT (actor_id, key) DO NOTHING"""
_VALUES = ":actor_id, :key, :case_id, :seq, :digest"
_KEEP_EACH = {
    "sqlite": _KEEP.format(rows=f"VALUES ({_VALUES})"),
    "postgresql": _KEEP.format(rows=f"SELECT {_VALUES} FROM {LINES} ORDER BY {LINES}.key"),
}


class KeysStore(Spoken):
    """What is asked about the keys of actions."""

    def find_keys(self, raw: Any, actor_id: str, keys: Collection[str]) -> dict[str, DoneKey]:
        """Return those of the actor's keys under which something was done."""
        if not keys:
            return {}
        rows = self.all(
            raw,
            """SELECT actor_id, key, case_id, seq, digest FROM appui_bulk_key
            WHERE actor_id = :actor_id AND key $in(:keys)""",
            {"actor_id": actor_id, "keys": json_text(list(keys))},
        )
        return {row[1]: DoneKey(*row) for row in rows}

    def keep_keys(self, raw: Any, keys: Sequence[DoneKey]) -> bool:
        """Remember keys; return False when somebody else has just used one of them."""
        lines = [asdict(each) for each in keys]
        return self.run_together(raw, _KEEP_EACH[self.dialect], lines) == len(lines)
