"""Big bases: what lists are searched by, what figures are counted by, how often PostgreSQL looks after its tables."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_AT_ONCE = 1000
_EMPTY = frozenset("a au aux d de des du en et l la le les pour sur un une".split())
_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae"})
_CASE = sa.table(
    "appui_case",
    *(sa.column(name) for name in ("id", "title", "applicant_name", "search", "department", "procedure")),
    sa.column("data", sa.JSON()),
)
_LINE = sa.table("appui_import_line", sa.column("case_id"), sa.column("department"))
_ROUTED, _WAITING = "route IS NOT NULL", "route IS NULL AND ended_at IS NULL"
_COMMITTED = "committed_on IS NOT NULL"
_INDEXES: tuple[tuple[str, Sequence[str], str | None], ...] = (
    ("appui_case_by_state", ("department", "state", "updated_at", "id", "route"), None),
    ("appui_case_routed", ("department", "procedure", "counted_on", "route"), _ROUTED),
    ("appui_case_waiting", ("department", "procedure", "counted_on", "route", "ended_at"), _WAITING),
    ("appui_case_by_commitment", ("department", "committed_on", "procedure", "committed_cents"), _COMMITTED),
)
_GONE = ("appui_case_by_state", "appui_case_by_routing", "appui_case_by_commitment")
_STORAGE: Mapping[str, str] = {
    "appui_case": "autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02",
    "appui_deadline": "autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02",
    "appui_message": "autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02",
    "appui_entry": "autovacuum_vacuum_insert_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.05",
    "appui_chain_head": "fillfactor = 90",
}
"""Table of PostgreSQL → its settings; the reasons are in docs/how-to/run-a-big-base.md."""


def upgrade() -> None:
    """Change the indexes, keep the terms of the cases that are there, say how often to vacuum."""
    for name in _GONE:
        op.drop_index(name, "appui_case")
    for name, columns, where in _INDEXES:
        condition = None if where is None else sa.text(where)
        op.create_index(
            name, "appui_case", list(columns), unique=False, sqlite_where=condition, postgresql_where=condition
        )
    term = sa.String().with_variant(sa.String(collation="C"), "postgresql")
    terms = op.create_table(
        "appui_term",
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("term", term, nullable=False),
        sa.PrimaryKeyConstraint("case_id", "term", name="appui_term_pk"),
        sqlite_with_rowid=False,
    )
    _keep_terms(terms)
    op.create_index("appui_term_by_term", "appui_term", ["term", "case_id"])
    _keep_departments()
    op.create_index("appui_import_line_by_department", "appui_import_line", ["department", "source", "case_id"])
    if op.get_bind().dialect.name == "postgresql":
        for table, settings in _STORAGE.items():
            op.execute(f"ALTER TABLE {table} SET ({settings})")
        op.execute("ANALYZE appui_case, appui_term, appui_import_line")


def _keep_terms(terms: sa.Table) -> None:
    connection, after = op.get_bind(), ""
    asked = sa.select(_CASE.c.id, _CASE.c.title, _CASE.c.applicant_name, _CASE.c.procedure, _CASE.c.data).order_by(
        _CASE.c.id
    )
    change = sa.update(_CASE).where(_CASE.c.id == sa.bindparam("of")).values(search=sa.bindparam("words"))
    while rows := connection.execute(asked.where(_CASE.c.id > after).limit(_AT_ONCE)).all():
        found = {row.id: [*_words_of(row.title), *_words_of(row.applicant_name)] for row in rows}
        connection.execute(change, [{"of": each, "words": _spaced(words)} for each, words in found.items()])
        kept = [
            {"term": term, "case_id": row.id}
            for row in rows
            for term in {*found[row.id], *_themes_of(row.data), f"procedure:{row.procedure}"} - _EMPTY
        ]
        connection.execute(terms.insert(), kept)
        after = rows[-1].id


def _spaced(words: Sequence[str]) -> str:
    return "".join(f" {word}" for word in words)


def _themes_of(data: Mapping[str, Any]) -> Iterator[str]:
    themes = data.get("themes")
    return (f"theme:{each}" for each in (themes if isinstance(themes, list) else ()) if isinstance(each, str))


def _words_of(text: str) -> list[str]:
    bare = "".join(char for char in unicodedata.normalize("NFKD", text) if not unicodedata.combining(char))
    return re.findall(r"[^\W_]+", bare.casefold().translate(_LIGATURES))


def _keep_departments() -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    recreate: Any = "always" if sqlite else "never"
    with op.batch_alter_table("appui_import_line", recreate=recreate) as batch:
        batch.add_column(sa.Column("department", sa.String(), nullable=True))
    of_case = sa.select(_CASE.c.department).where(_CASE.c.id == _LINE.c.case_id).scalar_subquery()
    op.execute(sa.update(_LINE).values(department=of_case))
    with op.batch_alter_table("appui_import_line", recreate=recreate) as batch:
        batch.alter_column("department", existing_type=sa.String(), nullable=False)
