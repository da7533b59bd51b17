"""Batch: the store of one transaction in which many actions are done: it reads ahead, and writes together."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from datetime import date
from typing import Any

from appui.notifications.message import Message
from appui.states.actor import Grant
from appui.states.case import Case
from appui.states.deadlines import Deadline
from appui.workflow.db.dialects import Parameters
from appui.workflow.db.loading import Beside, Loaded, References
from appui.workflow.db.records_store import CLAIMED
from appui.workflow.db.rows import ImportLine
from appui.workflow.db.store import Store, reference_of
from appui.workflow.db.writing import Prepared, prepared
from appui.workflow.journal import SealedEntry
from appui.workflow.people import Holder

_HELD_BACK = re.compile(r"\bappui_(?:case|entry|chain_head|deadline|message|share|consultation)\b")
"""What names a table whose rows may still be held back."""
_DOCUMENT = "document"


class Batch(Store):
    """A store that holds back what is written until `finish`, or until a statement asks for a table it belongs to.

    So each action reads what those before it have done, while most are written with the others. For one transaction.
    """

    def __init__(self, store: Store) -> None:
        super().__init__(store.dialect, store.schema)
        self._pending: dict[str, Prepared] = {}
        self._ahead: dict[str, Beside] = {}
        self._rights: dict[tuple[str, date], list[tuple[str, Grant]]] = {}
        self._existing: dict[str, set[str] | None] = {}
        self._documents: set[tuple[str, str]] = set()
        self._holders: dict[tuple[Any, ...], list[Holder]] = {}
        self._numbers: dict[tuple[str, int], int] = {}
        self._offered: tuple[str, int] | None = None
        self._lines: dict[tuple[str, str], ImportLine] = {}
        self._claimed: set[tuple[str, str]] = set()
        self._kept: set[tuple[str, str]] = set()
        self._caveats: dict[str, str] = {}

    def read_ahead(
        self,
        raw: Any,
        ids: Collection[str],
        *,
        references: References,
        facts: Collection[str],
    ) -> None:
        """Read what `load` will be asked for, and keep others from changing those cases until the transaction ends."""
        self._ahead = self.load_together(raw, ids, facts)
        for kind, names in references.items():
            if kind == _DOCUMENT:
                self._documents = self.documents_of(raw, names)
            else:
                self._existing[kind] = self.existing_ids(raw, kind, names)

    def load(
        self,
        raw: Any,
        case_id: str,
        *,
        person_id: str,
        day: date,
        references: References = {},  # noqa: B006 (only read)
        facts: Collection[str] = (),  # noqa: ARG002 (the store's)
        holders: bool = False,  # noqa: ARG002 (the store's)
    ) -> Loaded | None:
        """Return the case as the actions before have left it; None when `read_ahead` found none."""
        found = self._ahead.get(case_id)
        if found is None:
            return None
        if (person_id, day) not in self._rights:
            self._rights[person_id, day] = self.list_rights(raw, person_id, day)
        existing = {kind: self._among(kind, case_id, names) for kind, names in references.items()}
        return Loaded(case=found.case, rights=self._rights[person_id, day], existing=existing, facts=found.facts)

    def _among(self, kind: str, case_id: str, names: Iterable[str]) -> set[str] | None:
        if kind == _DOCUMENT:
            return {name for name in names if (case_id, name) in self._documents}
        existing = self._existing[kind]
        return None if existing is None else existing.intersection(names)

    def people_holding(self, raw: Any, roles: Iterable[str], territories: Iterable[str], day: date) -> list[Holder]:
        """Return the same for everybody who asks the same."""
        key = (*sorted(roles), None, *sorted(territories), day)
        if key not in self._holders:
            self._holders[key] = super().people_holding(raw, roles, territories, day)
        return self._holders[key]

    def write(
        self,
        raw: Any,
        sealed: SealedEntry,
        case: Case,
        deadlines: Sequence[Deadline],
        messages: Sequence[Message],
        *,
        expected_version: int,
        before: Case | None = None,
    ) -> bool:
        """Hold an action back. Its case was locked when it was read: nobody can have been faster."""
        if case.id in self._pending:
            self._flush(raw)
        if expected_version == 0 and self._offered is not None:
            self._numbers[self._offered] += 1
        self._pending[case.id] = prepared(
            sealed, case, deadlines, messages, expected_version=expected_version, before=before
        )
        self._ahead[case.id] = Beside(case, {})
        return True

    def next_reference(self, raw: Any, department: str, year: int) -> str:
        """Return the next reference; it is taken once a new case is written."""
        self._offered = (department, year)
        if self._offered not in self._numbers:
            self._numbers[self._offered] = self.last_number(raw, department, year)
        return reference_of(department, year, self._numbers[self._offered] + 1)

    def read_lines_ahead(self, raw: Any, lines: Sequence[ImportLine]) -> None:
        """Claim the lines of one source and read the cases of those that were taken in before."""
        found = self.claim_import_lines(raw, lines)
        self._lines |= {(line.source, line.line_key): line for line in found}
        self._claimed |= {(line.source, line.line_key) for line in found if line.digest == CLAIMED}
        known = {line.case_id for line in found if line.digest != CLAIMED}
        if known:
            self._ahead |= self.load_together(raw, known, ())

    def claim_import_line(self, raw: Any, line: ImportLine) -> bool:  # noqa: ARG002 (the store's)
        """Return whether the line is still to be taken in; it was claimed with the others."""
        return (line.source, line.line_key) in self._claimed

    def find_import_line(self, raw: Any, source: str, line_key: str) -> ImportLine | None:  # noqa: ARG002 (the store's)
        """Return the line as the commands before have left it."""
        return self._lines.get((source, line_key))

    def keep_import_line(self, raw: Any, line: ImportLine, *, caveat: str) -> None:  # noqa: ARG002 (the store's)
        """Hold back what a line said."""
        place = (line.source, line.line_key)
        self._lines[place] = line
        self._claimed.discard(place)
        self._kept.add(place)
        self._caveats[line.source] = caveat

    def finish(self, raw: Any) -> None:
        """Write all that is held back. Overtaken when, against all odds, a case has another version by now."""
        self._flush(raw)
        self.keep_import_lines(raw, [self._lines[place] for place in sorted(self._kept)])
        for source, caveat in self._caveats.items():
            self.keep_import_source(raw, source, caveat)
        for source in {source for source, _ in self._claimed}:
            self.forget_claims(raw, source, [key for _, key in self._claimed])
        for (department, year), last in self._numbers.items():
            self.set_last_number(raw, department, year, last)

    def _flush(self, raw: Any) -> None:
        pending, self._pending = list(self._pending.values()), {}
        self.write_together(raw, pending)

    def run(self, raw: Any, text: str, parameters: Parameters) -> int:
        """Run one statement, once it can see what it asks for."""
        self._settle(raw, text)
        return super().run(raw, text, parameters)

    def all(self, raw: Any, text: str, parameters: Parameters) -> Sequence[tuple[Any, ...]]:
        """Return every row, what was held back included."""
        self._settle(raw, text)
        return super().all(raw, text, parameters)

    def _settle(self, raw: Any, text: str) -> None:
        if self._pending and _HELD_BACK.search(text):
            self._flush(raw)
