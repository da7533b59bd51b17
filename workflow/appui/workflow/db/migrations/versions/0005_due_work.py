"""Due work: when the clocks look at each deadline again, who has claimed it, and which processes tick."""

from __future__ import annotations

from typing import Literal

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_INSTANT = sa.String(32).with_variant(sa.DateTime(timezone=True), "postgresql")


def upgrade() -> None:
    """Add the columns and the table; each open deadline is to be looked at once, which says when to look again."""
    with op.batch_alter_table("appui_deadline", recreate=_rebuilding()) as batch:
        batch.add_column(sa.Column("next_at", _INSTANT, nullable=True))
        batch.add_column(sa.Column("claimable_at", _INSTANT, nullable=True))
        batch.add_column(sa.Column("attempt", sa.Integer(), server_default="0", nullable=False))
    op.create_index(
        "appui_deadline_claimable",
        "appui_deadline",
        ["claimable_at"],
        unique=False,
        sqlite_where=sa.text("claimable_at IS NOT NULL"),
        postgresql_where=sa.text("claimable_at IS NOT NULL"),
    )
    op.create_index(
        "appui_deadline_failing",
        "appui_deadline",
        ["attempt"],
        unique=False,
        sqlite_where=sa.text("attempt >= 3"),
        postgresql_where=sa.text("attempt >= 3"),
    )
    # Reminders come before the day due, and nothing but the procedure says when: each is looked at once.
    op.execute("""UPDATE appui_deadline SET next_at = (
            SELECT updated_at FROM appui_case WHERE appui_case.id = appui_deadline.case_id
        ) WHERE status = 'open'""")
    op.execute("UPDATE appui_deadline SET claimable_at = next_at")
    op.create_table(
        "appui_heartbeat",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("started_at", _INSTANT, nullable=False),
        sa.Column("ticked_at", _INSTANT, nullable=False),
        sa.Column("failure", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="appui_heartbeat_pk"),
    )


def _rebuilding() -> Literal["always", "never"]:
    """Return whether a table is made anew: on SQLite an added column would not stand where a new base has it."""
    return "never" if op.get_bind().dialect.name == "postgresql" else "always"
