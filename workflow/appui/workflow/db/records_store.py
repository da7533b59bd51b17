"""Queries on what surrounds cases: documents, versions of procedures, envelopes, imported lines."""

# ruff: noqa: S608 - texts are put together from constants of this package, values are always parameters

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from appui.workflow.db.dialects import LINES, Spoken
from appui.workflow.db.rows import AttachedDocument, ImportLine, KeptProcedure, json_text, read_instant
from appui.workflow.journal import instant

_DOCUMENT = "id, case_id, sha256, name, media_type, size, $instant(added_at), added_by"
_IMPORT_LINE = "source, line_key, case_id, digest, $instant(imported_at), line, department"
_LINE_VALUES = ":source, :line_key, :case_id, :digest, $as_instant(:imported_at), :line, :department"
_INSERT_LINES = """INSERT INTO appui_import_line
        (source, line_key, case_id, digest, imported_at, line, department)
    {rows}
    ON CONFLICT (source, line_key)"""
_INSERT_IMPORT_LINE = _INSERT_LINES.format(rows=f"VALUES ({_LINE_VALUES})")
_INSERT_TOGETHER = {
    "sqlite": _INSERT_IMPORT_LINE,
    "postgresql": _INSERT_LINES.format(rows=f"SELECT {_LINE_VALUES} FROM {LINES} ORDER BY {LINES}.line_key"),
}
_AS_IT_SAYS = """DO UPDATE SET case_id = excluded.case_id, digest = excluded.digest,
    imported_at = excluded.imported_at, line = excluded.line, department = excluded.department"""
CLAIMED = ""
"""The digest of a line that nobody has taken in yet."""
_PROCEDURE = "key, version, content_hash, $json(content), $instant(recorded_at)"


class RecordsStore(Spoken):
    """What is asked about documents, procedures, envelopes and imports."""

    def add_document(self, raw: Any, document: AttachedDocument) -> None:
        """Attach a document to its case."""
        self.run(
            raw,
            """INSERT INTO appui_document (id, case_id, sha256, name, media_type, size, added_at, added_by)
            VALUES (:id, :case_id, :sha256, :name, :media_type, :size, $as_instant(:added_at), :added_by)""",
            {
                "id": document.id,
                "case_id": document.case_id,
                "sha256": document.sha256,
                "name": document.name,
                "media_type": document.media_type,
                "size": document.size,
                "added_at": instant(document.added_at),
                "added_by": document.added_by,
            },
        )

    def list_documents(self, raw: Any, case_id: str) -> list[AttachedDocument]:
        """Return the documents of a case, oldest first."""
        text = f"SELECT {_DOCUMENT} FROM appui_document WHERE case_id = :id ORDER BY added_at, id"
        return [_document_of(row) for row in self.all(raw, text, {"id": case_id})]

    def known_hashes(self, raw: Any, hashes: Iterable[str]) -> set[str]:
        """Return those of the hashes under which some document's content must be kept."""
        text = "SELECT DISTINCT sha256 FROM appui_document WHERE sha256 $in(:hashes)"
        return {row[0] for row in self.all(raw, text, {"hashes": json_text(sorted(hashes))})}

    def record_procedure(self, raw: Any, procedure: KeptProcedure) -> bool:
        """Keep a version of a procedure; return False, changing nothing, when that version is already kept."""
        return (
            self.run(
                raw,
                """INSERT INTO appui_procedure (key, version, content_hash, content, recorded_at)
                VALUES (:key, :version, :content_hash, $as_exact(:content), $as_instant(:recorded_at))
                ON CONFLICT (key, version) DO NOTHING""",
                {
                    "key": procedure.key,
                    "version": procedure.version,
                    "content_hash": procedure.content_hash,
                    "content": json.dumps(procedure.content, ensure_ascii=False, separators=(",", ":")),
                    "recorded_at": instant(procedure.recorded_at),
                },
            )
            == 1
        )

    def find_procedure(self, raw: Any, key: str, version: int) -> KeptProcedure | None:
        """Return that version as it is kept, or None."""
        text = f"SELECT {_PROCEDURE} FROM appui_procedure WHERE key = :key AND version = :version"
        row = self.one(raw, text, {"key": key, "version": version})
        return None if row is None else _procedure_of(row)

    def list_procedures(self, raw: Any) -> list[KeptProcedure]:
        """Return every version that is kept, by key and version."""
        text = f"SELECT {_PROCEDURE} FROM appui_procedure ORDER BY key, version"
        return [_procedure_of(row) for row in self.all(raw, text, {})]

    def set_envelope(self, raw: Any, department: str, year: int, granted_cents: int) -> None:
        """Keep what a département may commit in a year; who else commits there waits until the transaction ends."""
        self.run(
            raw,
            """INSERT INTO appui_envelope (department, year, granted_cents) VALUES (:department, :year, :granted_cents)
            ON CONFLICT (department, year) DO UPDATE SET granted_cents = excluded.granted_cents""",
            {"department": department, "year": year, "granted_cents": granted_cents},
        )

    def find_import_line(self, raw: Any, source: str, line_key: str) -> ImportLine | None:
        """Return the line that already became a case, or None."""
        row = self.one(
            raw,
            f"SELECT {_IMPORT_LINE} FROM appui_import_line WHERE source = :source AND line_key = :line_key",
            {"source": source, "line_key": line_key},
        )
        return None if row is None else _import_line_of(row)

    def find_import_line_of(self, raw: Any, case_id: str, source: str) -> ImportLine | None:
        """Return the line of that source that became, or was joined to, a case; None when there is none."""
        row = self.one(
            raw,
            f"SELECT {_IMPORT_LINE} FROM appui_import_line WHERE case_id = :case_id AND source = :source",
            {"case_id": case_id, "source": source},
        )
        return None if row is None else _import_line_of(row)

    def import_places(self, raw: Any, source: str) -> dict[str, int]:
        """Return case → line, for the lines of a source whose place is known."""
        text = "SELECT case_id, line FROM appui_import_line WHERE source = :source AND line IS NOT NULL"
        return {row[0]: row[1] for row in self.all(raw, text, {"source": source})}

    def claim_import_line(self, raw: Any, line: ImportLine) -> bool:
        """Remember a line that is about to become a case; return False, changing nothing, when one already did.

        Who else takes in the same line waits until the transaction ends.
        """
        return self.run(raw, f"{_INSERT_IMPORT_LINE} DO NOTHING", _import_line_parameters(line)) == 1

    def keep_import_line(self, raw: Any, line: ImportLine, *, caveat: str) -> None:
        """Remember what a line said when it became a case, or changed it, and what is to be said of its source."""
        self.run(
            raw,
            f"{_INSERT_IMPORT_LINE} {_AS_IT_SAYS}",
            _import_line_parameters(line),
        )
        self.keep_import_source(raw, line.source, caveat)

    def keep_import_source(self, raw: Any, source: str, caveat: str) -> None:
        """Remember what is to be said of a source."""
        self.run(
            raw,
            """INSERT INTO appui_import_source (source, caveat) VALUES (:source, :caveat)
            ON CONFLICT (source) DO UPDATE SET caveat = excluded.caveat""",
            {"source": source, "caveat": caveat},
        )

    def claim_import_lines(self, raw: Any, lines: Sequence[ImportLine]) -> list[ImportLine]:
        """Remember lines of one source that may become cases, and return all as they are kept now.

        Those that nobody had taken in have the digest `CLAIMED`; who else takes them in waits until the transaction
        ends.
        """
        if not lines:
            return []
        claims = [_import_line_parameters(replace(line, digest=CLAIMED)) for line in lines]
        self.run_together(raw, f"{_INSERT_TOGETHER[self.dialect]} DO NOTHING", claims)
        rows = self.all(
            raw,
            f"SELECT {_IMPORT_LINE} FROM appui_import_line WHERE source = :source AND line_key $in(:keys)",
            {"source": lines[0].source, "keys": json_text([line.line_key for line in lines])},
        )
        return [_import_line_of(row) for row in rows]

    def keep_import_lines(self, raw: Any, lines: Sequence[ImportLine]) -> None:
        """Remember what lines said when they became cases, or changed them."""
        given = [_import_line_parameters(line) for line in lines]
        self.run_together(raw, f"{_INSERT_TOGETHER[self.dialect]} {_AS_IT_SAYS}", given)

    def forget_claims(self, raw: Any, source: str, keys: Iterable[str]) -> None:
        """Give up lines that were claimed and did not become cases."""
        self.run(
            raw,
            """DELETE FROM appui_import_line
            WHERE source = :source AND line_key $in(:keys) AND digest = :claimed""",
            {"source": source, "keys": json_text(sorted(keys)), "claimed": CLAIMED},
        )


def _document_of(row: tuple[Any, ...]) -> AttachedDocument:
    return AttachedDocument(
        id=row[0],
        case_id=row[1],
        sha256=row[2],
        name=row[3],
        media_type=row[4],
        size=row[5],
        added_at=read_instant(row[6]),
        added_by=row[7],
    )


def _import_line_parameters(line: ImportLine) -> dict[str, Any]:
    return {
        "source": line.source,
        "line_key": line.line_key,
        "case_id": line.case_id,
        "digest": line.digest,
        "imported_at": instant(line.imported_at),
        "line": line.line,
        "department": line.department,
    }


def _import_line_of(row: tuple[Any, ...]) -> ImportLine:
    return ImportLine(
        source=row[0],
        line_key=row[1],
        case_id=row[2],
        digest=row[3],
        imported_at=read_instant(row[4]),
        line=row[5],
        department=row[6],
    )


def _procedure_of(row: tuple[Any, ...]) -> KeptProcedure:
    return KeptProcedure(
        key=row[0],
        version=row[1],
        content_hash=row[2],
        content=json.loads(row[3]),
        recorded_at=read_instant(row[4]),
    )
