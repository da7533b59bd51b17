"""Figures and sources: the days and amounts by which cases count, the files they come from, sheets of providers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Literal

import sqlalchemy as sa
from alembic import op
from sqlalchemy.types import TypeEngine

revision = "0002"
down_revision = "0001"

_AT_ONCE = 1000
_INSTANT = sa.String(32).with_variant(sa.DateTime(timezone=True), "postgresql")
_NEW: dict[str, TypeEngine[Any]] = {
    "counted_on": sa.Date(),
    "reserved_cents": sa.BigInteger(),
    "committed_cents": sa.BigInteger(),
    "committed_on": sa.Date(),
}
_READ: dict[str, TypeEngine[Any]] = {
    "id": sa.String(),
    "route": sa.String(),
    "routed_on": sa.Date(),
    "received_on": sa.Date(),
    "data": sa.JSON(),
    "steps": sa.JSON(),
    "opened_at": _INSTANT,
    "ended_at": _INSTANT,
}
_CASE = sa.table("appui_case", *(sa.column(name, kind) for name, kind in (_READ | _NEW).items()))


def upgrade() -> None:
    """Add the columns, fill them for the cases that are there, and index what figures read."""
    op.drop_index("appui_case_by_routing", "appui_case")
    with op.batch_alter_table("appui_case", recreate=_rebuilding()) as batch:
        for name, kind in _NEW.items():
            batch.add_column(sa.Column(name, kind, nullable=True))
    _fill()
    op.create_index(
        "appui_case_by_routing",
        "appui_case",
        ["department", "procedure", "route", "counted_on", "ended_at"],
        unique=False,
    )
    op.create_index(
        "appui_case_by_commitment",
        "appui_case",
        ["department", "committed_on", "committed_cents"],
        unique=False,
        sqlite_where=sa.text("committed_on IS NOT NULL"),
        postgresql_where=sa.text("committed_on IS NOT NULL"),
    )
    op.create_index(
        "appui_case_by_reserve",
        "appui_case",
        ["department", "procedure", "procedure_version", "reserved_cents"],
        unique=False,
        sqlite_where=sa.text("reserved_cents IS NOT NULL"),
        postgresql_where=sa.text("reserved_cents IS NOT NULL"),
    )
    op.create_table(
        "appui_import_source",
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("caveat", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("source", name="appui_import_source_pk"),
    )
    for table, column in (
        ("appui_import_line", sa.Column("line", sa.Integer(), nullable=True)),
        ("appui_provider", sa.Column("contact", sa.String(), nullable=True)),
        ("appui_provider", sa.Column("phone", sa.String(), nullable=True)),
        ("appui_provider", sa.Column("conditions", sa.String(), nullable=True)),
    ):
        with op.batch_alter_table(table, recreate=_rebuilding()) as batch:
            batch.add_column(column)


def _rebuilding() -> Literal["always", "never"]:
    """Return whether a table is made anew: on SQLite an added column would not stand where a new base has it."""
    return "never" if op.get_bind().dialect.name == "postgresql" else "always"


def _fill() -> None:
    connection, after = op.get_bind(), ""
    asked = sa.select(*(column for column in _CASE.c if column.name not in _NEW)).order_by(_CASE.c.id)
    while rows := connection.execute(asked.where(_CASE.c.id > after).limit(_AT_ONCE)).mappings().all():
        for row in rows:
            connection.execute(sa.update(_CASE).where(_CASE.c.id == row["id"]).values(**_figures_of(dict(row))))
        after = rows[-1]["id"]


def _figures_of(row: Mapping[str, Any]) -> dict[str, Any]:
    data = row["data"]
    known_on = (data.get("imported") or {}).get("known_on")
    opening = (row["received_on"], row["steps"][0][2], data.get("received_before"), known_on, row["opened_at"])
    routing = (row["routed_on"], known_on) if row["route"] else ()
    commitment, shares = data.get("commitment") or {}, data.get("shares") or {}
    weighs = row["route"] == "national" and row["ended_at"] is None and not commitment
    return {
        "counted_on": _day(next(each for each in (*routing, *opening) if each)),
        "reserved_cents": shares.get("covered_cents") if weighs else None,
        "committed_cents": commitment.get("amount_cents"),
        "committed_on": _day(commitment.get("committed_on")),
    }


def _day(value: Any) -> date | None:
    return None if value is None else date.fromisoformat(str(value)[:10])
