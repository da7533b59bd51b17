"""First tables: cases and what follows from them, people, providers, procedures, envelopes, imports."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0001"
down_revision = None

INSTANT = sa.String(32).with_variant(sa.DateTime(timezone=True), "postgresql")
PLAIN = sa.JSON().with_variant(JSONB(), "postgresql")
EXACT = sa.JSON()


def upgrade() -> None:
    """Create every table."""
    op.create_table(
        "appui_case",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("procedure", sa.String(), nullable=False),
        sa.Column("procedure_version", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("department", sa.String(), nullable=False),
        sa.Column("arrondissement", sa.String(), nullable=True),
        sa.Column("epci", sa.String(), nullable=True),
        sa.Column("applicant_code", sa.String(), nullable=True),
        sa.Column("applicant", PLAIN, nullable=False),
        sa.Column("applicant_name", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("search", sa.String(), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=True),
        sa.Column("route", sa.String(), nullable=True),
        sa.Column("routed_by", sa.Integer(), nullable=True),
        sa.Column("routed_on", sa.Date(), nullable=True),
        sa.Column("suspended_since", sa.Date(), nullable=True),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.Column("assignee", sa.String(), nullable=True),
        sa.Column("data", EXACT, nullable=False),
        sa.Column("steps", PLAIN, nullable=False),
        sa.Column("presumed", PLAIN, nullable=False),
        sa.Column("shared_with", PLAIN, nullable=False),
        sa.Column("opened_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.Column("head", sa.String(), nullable=False),
        sa.CheckConstraint("route IN ('local', 'operator', 'national')", name="appui_case_route_check"),
        sa.CheckConstraint("version >= 1", name="appui_case_version_check"),
        sa.PrimaryKeyConstraint("id", name="appui_case_pk"),
        sa.UniqueConstraint("reference", name="appui_case_reference_unique"),
    )
    op.create_index("appui_case_by_applicant", "appui_case", ["applicant_code", "updated_at", "id"], unique=False)
    op.create_index("appui_case_by_arrondissement", "appui_case", ["arrondissement", "updated_at", "id"], unique=False)
    op.create_index("appui_case_by_assignee", "appui_case", ["assignee", "updated_at", "id"], unique=False)
    op.create_index("appui_case_by_department", "appui_case", ["department", "updated_at", "id"], unique=False)
    op.create_index("appui_case_by_epci", "appui_case", ["epci", "department", "updated_at", "id"], unique=False)
    op.create_index("appui_case_by_routing", "appui_case", ["department", "routed_on", "route"], unique=False)
    op.create_index("appui_case_by_state", "appui_case", ["department", "state", "updated_at", "id"], unique=False)
    op.create_index("appui_case_by_update", "appui_case", ["updated_at", "id"], unique=False)
    op.create_table(
        "appui_chain_head",
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("case_id", name="appui_chain_head_pk"),
    )
    op.create_table(
        "appui_counter",
        sa.Column("department", sa.String(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("department", "year", name="appui_counter_pk"),
    )
    op.create_table(
        "appui_deadline",
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("started_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("due_at", INSTANT, nullable=True),
        sa.Column("derivation", sa.String(), nullable=False),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "status IN ('open', 'met', 'late', 'cancelled', 'stopped')", name="appui_deadline_status_check"
        ),
        sa.PrimaryKeyConstraint("case_id", "key", name="appui_deadline_pk"),
    )
    op.create_index(
        "appui_deadline_open",
        "appui_deadline",
        ["due_at"],
        unique=False,
        sqlite_where=sa.text("status = 'open'"),
        postgresql_where=sa.text("status = 'open'"),
    )
    op.create_table(
        "appui_entry",
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("actor_id", sa.String(), nullable=False),
        sa.Column("actor_name", sa.String(), nullable=True),
        sa.Column("on_behalf_of", sa.String(), nullable=True),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("data", EXACT, nullable=False),
        sa.Column("events", EXACT, nullable=False),
        sa.Column("commitments", EXACT, nullable=False),
        sa.Column("salts", EXACT, nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("previous_hash", sa.String(), nullable=False),
        sa.Column("position", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("xid", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("seq >= 1", name="appui_entry_seq_check"),
        sa.PrimaryKeyConstraint("case_id", "seq", name="appui_entry_pk"),
    )
    op.create_index("appui_entry_by_commit", "appui_entry", ["xid", "position"], unique=True)
    op.create_table(
        "appui_envelope",
        sa.Column("department", sa.String(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("granted_cents", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("granted_cents >= 0", name="appui_envelope_granted_cents_check"),
        sa.PrimaryKeyConstraint("department", "year", name="appui_envelope_pk"),
    )
    op.create_table(
        "appui_import_line",
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("line_key", sa.String(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("imported_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("source", "line_key", name="appui_import_line_pk"),
    )
    op.create_index("appui_import_line_by_case", "appui_import_line", ["case_id"], unique=False)
    op.create_table(
        "appui_message",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("notice", sa.String(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("recipient", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=True),
        sa.Column("email", sa.String(), nullable=True),
        sa.Column("outside", sa.Boolean(), nullable=False),
        sa.Column("visit", sa.Integer(), nullable=False),
        sa.Column("not_before", INSTANT, nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("data", EXACT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="appui_message_pk"),
    )
    op.create_index("appui_message_by_case", "appui_message", ["case_id", "seq"], unique=False)
    op.create_index("appui_message_by_status", "appui_message", ["status", "not_before"], unique=False)
    op.create_table(
        "appui_person",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=True),
        sa.Column("phone", sa.String(), nullable=True),
        sa.Column("disabled_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="appui_person_pk"),
    )
    op.create_table(
        "appui_procedure",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("content_hash", sa.String(), nullable=False),
        sa.Column("content", EXACT, nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("key", "version", name="appui_procedure_pk"),
    )
    op.create_table(
        "appui_provider",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("themes", PLAIN, nullable=False),
        sa.Column("territories", PLAIN, nullable=False),
        sa.Column("email", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="appui_provider_pk"),
    )
    op.create_table(
        "appui_consultation",
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("provider", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("case_id", "provider", name="appui_consultation_pk"),
    )
    op.create_index("appui_consultation_by_provider", "appui_consultation", ["provider", "case_id"], unique=False)
    op.create_table(
        "appui_share",
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("department", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("case_id", "department", name="appui_share_pk"),
    )
    op.create_index("appui_share_by_department", "appui_share", ["department", "case_id"], unique=False)
    op.create_table(
        "appui_absence",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("substitute", sa.String(), nullable=True),
        sa.CheckConstraint("since <= until", name="appui_absence_days_check"),
        sa.ForeignKeyConstraint(["person_id"], ["appui_person.id"], name="appui_absence_person_id_fk"),
        sa.PrimaryKeyConstraint("id", name="appui_absence_pk"),
    )
    op.create_index("appui_absence_by_day", "appui_absence", ["until", "since"], unique=False)
    op.create_index("appui_absence_by_person", "appui_absence", ["person_id"], unique=False)
    op.create_table(
        "appui_document",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("added_at", INSTANT, nullable=False),
        sa.Column("added_by", sa.String(), nullable=False),
        sa.CheckConstraint("size >= 0", name="appui_document_size_check"),
        sa.ForeignKeyConstraint(["case_id"], ["appui_case.id"], name="appui_document_case_id_fk"),
        sa.PrimaryKeyConstraint("id", name="appui_document_pk"),
    )
    op.create_index("appui_document_by_case", "appui_document", ["case_id"], unique=False)
    op.create_index("appui_document_by_content", "appui_document", ["sha256"], unique=False)
    op.create_table(
        "appui_grant",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("territory", sa.String(), nullable=False),
        sa.Column("since", sa.Date(), nullable=True),
        sa.Column("until", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["appui_person.id"], name="appui_grant_person_id_fk"),
        sa.PrimaryKeyConstraint("id", name="appui_grant_pk"),
    )
    op.create_index("appui_grant_by_person", "appui_grant", ["person_id"], unique=False)
    op.create_index("appui_grant_by_territory", "appui_grant", ["territory", "role"], unique=False)
