"""Outbox: the life of a message (attempts, lease, answer), and the letters as they are sent."""

from __future__ import annotations

from typing import Literal

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

_INSTANT = sa.String(32).with_variant(sa.DateTime(timezone=True), "postgresql")


def upgrade() -> None:
    """Add what delivery records, and index what it claims."""
    op.drop_index("appui_message_by_status", "appui_message")
    with op.batch_alter_table("appui_message", recreate=_rebuilding()) as batch:
        batch.add_column(sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False))
        batch.add_column(sa.Column("lease", sa.Integer(), server_default=sa.text("0"), nullable=False))
        batch.add_column(sa.Column("lease_until", _INSTANT, nullable=True))
        batch.add_column(sa.Column("sent_at", _INSTANT, nullable=True))
        batch.add_column(sa.Column("answer", sa.String(), nullable=True))
        batch.add_column(sa.Column("doubtful", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    for name, columns, where in (
        ("appui_message_due", ["not_before", "id"], "status IN ('queued', 'unknown')"),
        ("appui_message_leased", ["lease_until"], "lease_until IS NOT NULL"),
        ("appui_message_refused", ["case_id"], "status = 'refused'"),
    ):
        op.create_index(
            name,
            "appui_message",
            columns,
            unique=False,
            sqlite_where=sa.text(where),
            postgresql_where=sa.text(where),
        )
    op.create_table(
        "appui_letter",
        sa.Column("message_id", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("message_id", name="appui_letter_pk"),
    )


def _rebuilding() -> Literal["always", "never"]:
    """Return whether the table is made anew: on SQLite an added column would not stand where a new base has it."""
    return "never" if op.get_bind().dialect.name == "postgresql" else "always"
