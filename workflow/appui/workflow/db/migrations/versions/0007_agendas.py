"""Agendas: people's own notes on cases, and the keys of their calendar feeds."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

_INSTANT = sa.String(32).with_variant(sa.DateTime(timezone=True), "postgresql")


def upgrade() -> None:
    """Add the two tables."""
    op.create_table(
        "appui_note",
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("person_id", "case_id", name="appui_note_pk"),
        sa.ForeignKeyConstraint(["case_id"], ["appui_case.id"], name="appui_note_case_id_fk"),
    )
    op.create_index("appui_note_by_case", "appui_note", ["case_id"])
    op.create_table(
        "appui_calendar_feed",
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("given_at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("person_id", name="appui_calendar_feed_pk"),
        sa.UniqueConstraint("digest", name="appui_calendar_feed_digest_unique"),
    )
