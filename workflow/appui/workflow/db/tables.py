"""Tables: what is kept, under a metadata of its own so that a host's tables stay apart."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, ClassVar

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    MetaData,
    Table,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from appui.workflow.db.columns import BYTEWISE, EXACT, PLAIN, Instant

METADATA = MetaData(
    naming_convention={
        "pk": "%(table_name)s_pk",
        "uq": "%(table_name)s_%(column_0_N_name)s_unique",
        "fk": "%(table_name)s_%(column_0_N_name)s_fk",
        "ck": "%(table_name)s_%(constraint_name)s_check",
    }
)
Json = dict[str, Any]
FAILING = "attempt >= 3"
"""A deadline that was claimed that often without being seen to."""


_DUE = "status IN ('queued', 'unknown')"


class AppuiTable(SQLModel, registry=registry(metadata=METADATA)):
    """What all tables share: neither SQLModel's metadata nor its registry of names, which belong to the host."""

    metadata: ClassVar[MetaData] = METADATA
    __tablename__: ClassVar[str]


class CaseRow(AppuiTable, table=True):
    """A case as it stands: everything here follows from its journal."""

    __tablename__ = "appui_case"
    __table_args__ = (
        UniqueConstraint("reference"),
        CheckConstraint("version >= 1", "version"),
        CheckConstraint("route IN ('local', 'operator', 'national')", "route"),
        Index("appui_case_by_state", "department", "state", "updated_at", "id", "route"),
        Index("appui_case_by_department", "department", "updated_at", "id"),
        Index("appui_case_by_update", "updated_at", "id"),
        Index("appui_case_by_assignee", "assignee", "updated_at", "id"),
        Index("appui_case_by_applicant", "applicant_code", "updated_at", "id"),
        Index("appui_case_by_arrondissement", "arrondissement", "updated_at", "id"),
        Index("appui_case_by_epci", "epci", "department", "updated_at", "id"),
        Index(
            "appui_case_routed",
            "department",
            "procedure",
            "counted_on",
            "route",
            sqlite_where=text("route IS NOT NULL"),
            postgresql_where=text("route IS NOT NULL"),
        ),
        Index(
            "appui_case_waiting",
            "department",
            "procedure",
            "counted_on",
            "route",
            "ended_at",
            sqlite_where=text("route IS NULL AND ended_at IS NULL"),
            postgresql_where=text("route IS NULL AND ended_at IS NULL"),
        ),
        Index(
            "appui_case_by_commitment",
            "department",
            "committed_on",
            "procedure",
            "committed_cents",
            sqlite_where=text("committed_on IS NOT NULL"),
            postgresql_where=text("committed_on IS NOT NULL"),
        ),
        Index(
            "appui_case_by_reserve",
            "department",
            "procedure",
            "procedure_version",
            "reserved_cents",
            sqlite_where=text("reserved_cents IS NOT NULL"),
            postgresql_where=text("reserved_cents IS NOT NULL"),
        ),
    )

    id: str = Field(primary_key=True)
    reference: str
    procedure: str
    procedure_version: int
    state: str
    version: int
    department: str
    arrondissement: str | None = None
    epci: str | None = None
    applicant_code: str | None = None
    applicant: Json = Field(sa_type=PLAIN)
    applicant_name: str
    title: str
    search: str
    """The words of the title and of the applicant's name, without accents or capitals, a space before each."""
    received_on: date | None = None
    route: str | None = None
    routed_by: int | None = None
    routed_on: date | None = None
    suspended_since: date | None = None
    ended_at: datetime | None = Field(default=None, sa_type=Instant)
    assignee: str | None = None
    data: Json = Field(sa_type=EXACT)
    steps: list[Any] = Field(sa_type=PLAIN)
    presumed: list[str] = Field(sa_type=PLAIN)
    shared_with: list[str] = Field(sa_type=PLAIN)
    opened_at: datetime = Field(sa_type=Instant)
    updated_at: datetime = Field(sa_type=Instant)
    head: str
    counted_on: date | None = None
    """The day by which the case counts in figures."""
    reserved_cents: int | None = Field(default=None, sa_type=BigInteger)
    """What its convention will take from the envelope, until it is committed."""
    committed_cents: int | None = Field(default=None, sa_type=BigInteger)
    committed_on: date | None = None


class ShareRow(AppuiTable, table=True):
    """A département that may follow a case, for the filters of lists."""

    __tablename__ = "appui_share"
    __table_args__ = (Index("appui_share_by_department", "department", "case_id"),)

    case_id: str = Field(primary_key=True)
    department: str = Field(primary_key=True)


class ConsultationRow(AppuiTable, table=True):
    """A provider that was asked about a case, for the filters of lists."""

    __tablename__ = "appui_consultation"
    __table_args__ = (Index("appui_consultation_by_provider", "provider", "case_id"),)

    case_id: str = Field(primary_key=True)
    provider: str = Field(primary_key=True)


class TermRow(AppuiTable, table=True):
    """A word, a theme or a procedure by which a case is found."""

    __tablename__ = "appui_term"
    __table_args__ = (Index("appui_term_by_term", "term", "case_id"), {"sqlite_with_rowid": False})

    case_id: str = Field(primary_key=True)
    term: str = Field(primary_key=True, sa_type=BYTEWISE)


class EntryRow(AppuiTable, table=True):
    """A line of a journal: never changed, but for what a forgotten person takes along."""

    __tablename__ = "appui_entry"
    __table_args__ = (
        CheckConstraint("seq >= 1", "seq"),
        Index("appui_entry_by_commit", "xid", "position", unique=True),
    )

    case_id: str = Field(primary_key=True)
    seq: int = Field(primary_key=True, sa_type=Integer)
    recorded_at: datetime = Field(sa_type=Instant)
    effective_on: date
    actor_id: str
    actor_name: str | None = None
    on_behalf_of: str | None = None
    action: str
    data: Json = Field(sa_type=EXACT)
    events: list[Json] = Field(sa_type=EXACT)
    commitments: Json = Field(sa_type=EXACT)
    salts: Json = Field(sa_type=EXACT)
    hash: str
    previous_hash: str
    position: int = Field(sa_type=BigInteger, sa_column_args=(Identity(),))
    """Rises in commit order on SQLite, which has one writer; PostgreSQL needs `xid` too."""
    xid: int = Field(sa_type=BigInteger)
    """PostgreSQL: the transaction that wrote the line; 0 on SQLite."""


class ChainHeadRow(AppuiTable, table=True):
    """The last line of a journal, kept apart from it so that a cut-off end is found."""

    __tablename__ = "appui_chain_head"

    case_id: str = Field(primary_key=True)
    seq: int
    hash: str


class DeadlineRow(AppuiTable, table=True):
    """The latest run of a deadline of a case."""

    __tablename__ = "appui_deadline"
    __table_args__ = (
        CheckConstraint("status IN ('open', 'met', 'late', 'cancelled', 'stopped')", "status"),
        Index(
            "appui_deadline_open",
            "due_at",
            sqlite_where=text("status = 'open'"),
            postgresql_where=text("status = 'open'"),
        ),
        Index(
            "appui_deadline_claimable",
            "claimable_at",
            sqlite_where=text("claimable_at IS NOT NULL"),
            postgresql_where=text("claimable_at IS NOT NULL"),
        ),
        Index("appui_deadline_failing", "attempt", sqlite_where=text(FAILING), postgresql_where=text(FAILING)),
    )

    case_id: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    label: str
    status: str
    started_on: date
    due_on: date | None = None
    due_at: datetime | None = Field(default=None, sa_type=Instant)
    derivation: str
    closed_on: date | None = None
    next_at: datetime | None = Field(default=None, sa_type=Instant)
    """When the clocks must look at it again."""
    claimable_at: datetime | None = Field(default=None, sa_type=Instant)
    """When somebody may claim it: `next_at`, or the end of a lease or of a pause after a failure."""
    attempt: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    """How often it was claimed since it was last seen to."""


class HeartbeatRow(AppuiTable, table=True):
    """A process that ticks, and when it last did."""

    __tablename__ = "appui_heartbeat"

    id: str = Field(primary_key=True)
    place: str
    """Machine and number of the process."""
    started_at: datetime = Field(sa_type=Instant)
    ticked_at: datetime = Field(sa_type=Instant)
    failure: str | None = None
    """What the last tick met, None when it went well."""


class MessageRow(AppuiTable, table=True):
    """A message to one recipient."""

    __tablename__ = "appui_message"
    __table_args__ = (
        Index("appui_message_by_case", "case_id", "seq"),
        Index(
            "appui_message_due",
            "not_before",
            "id",
            sqlite_where=text(_DUE),
            postgresql_where=text(_DUE),
        ),
        Index(
            "appui_message_leased",
            "lease_until",
            sqlite_where=text("lease_until IS NOT NULL"),
            postgresql_where=text("lease_until IS NOT NULL"),
        ),
        Index(
            "appui_message_refused",
            "case_id",
            sqlite_where=text("status = 'refused'"),
            postgresql_where=text("status = 'refused'"),
        ),
    )

    id: str = Field(primary_key=True)
    case_id: str
    seq: int
    notice: str
    label: str
    recipient: str
    name: str | None = None
    email: str | None = None
    outside: bool
    visit: int
    not_before: datetime = Field(sa_type=Instant)
    status: str
    data: Json = Field(sa_type=EXACT)
    attempts: int = Field(default=0, sa_column_kwargs={"server_default": text("0")})
    lease: int = Field(default=0, sa_column_kwargs={"server_default": text("0")})
    """Rises with each claim: who holds an older one records nothing."""
    lease_until: datetime | None = Field(default=None, sa_type=Instant)
    """Set while it is being sent: then whoever has it is taken for dead."""
    sent_at: datetime | None = Field(default=None, sa_type=Instant)
    answer: str | None = None
    doubtful: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})


class LetterRow(AppuiTable, table=True):
    """A message as it is sent, and sent again: composed once, before its first attempt."""

    __tablename__ = "appui_letter"

    message_id: str = Field(primary_key=True)
    email: str
    """To whom it goes on the envelope."""
    content: bytes


class DocumentRow(AppuiTable, table=True):
    """A file attached to a case; its content is kept elsewhere, under its hash."""

    __tablename__ = "appui_document"
    __table_args__ = (
        CheckConstraint("size >= 0", "size"),
        ForeignKeyConstraint(["case_id"], ["appui_case.id"]),
        Index("appui_document_by_case", "case_id"),
        Index("appui_document_by_content", "sha256"),
    )

    id: str = Field(primary_key=True)
    case_id: str
    sha256: str
    name: str
    media_type: str
    size: int = Field(sa_type=BigInteger)
    added_at: datetime = Field(sa_type=Instant)
    added_by: str


class PersonRow(AppuiTable, table=True):
    """A person known to the service."""

    __tablename__ = "appui_person"

    id: str = Field(primary_key=True)
    name: str
    email: str | None = None
    phone: str | None = None
    disabled_at: datetime | None = Field(default=None, sa_type=Instant)


class GrantRow(AppuiTable, table=True):
    """A role held in a territory."""

    __tablename__ = "appui_grant"
    __table_args__ = (
        ForeignKeyConstraint(["person_id"], ["appui_person.id"]),
        Index("appui_grant_by_person", "person_id"),
        Index("appui_grant_by_territory", "territory", "role"),
    )

    id: int | None = Field(default=None, primary_key=True)
    person_id: str
    role: str
    territory: str
    since: date | None = None
    until: date | None = None


class AbsenceRow(AppuiTable, table=True):
    """Days on which a person is away."""

    __tablename__ = "appui_absence"
    __table_args__ = (
        CheckConstraint("since <= until", "days"),
        ForeignKeyConstraint(["person_id"], ["appui_person.id"]),
        Index("appui_absence_by_person", "person_id"),
        Index("appui_absence_by_day", "until", "since"),
    )

    id: int | None = Field(default=None, primary_key=True)
    person_id: str
    since: date
    until: date
    substitute: str | None = None


class ProviderRow(AppuiTable, table=True):
    """A body that can lend engineering."""

    __tablename__ = "appui_provider"

    id: str = Field(primary_key=True)
    name: str
    kind: str
    themes: list[str] = Field(sa_type=PLAIN)
    territories: list[str] = Field(sa_type=PLAIN)
    email: str | None = None
    contact: str | None = None
    phone: str | None = None
    conditions: str | None = None


class ProcedureRow(AppuiTable, table=True):
    """The content of a version of a procedure, as some case follows it."""

    __tablename__ = "appui_procedure"

    key: str = Field(primary_key=True)
    version: int = Field(primary_key=True, sa_type=Integer)
    content_hash: str
    content: Json = Field(sa_type=EXACT)
    recorded_at: datetime = Field(sa_type=Instant)


class EnvelopeRow(AppuiTable, table=True):
    """What a département may commit in a civil year."""

    __tablename__ = "appui_envelope"
    __table_args__ = (CheckConstraint("granted_cents >= 0", "granted_cents"),)

    department: str = Field(primary_key=True)
    year: int = Field(primary_key=True, sa_type=Integer)
    granted_cents: int = Field(sa_type=BigInteger)


class CounterRow(AppuiTable, table=True):
    """The last number given to a case in a département and a year."""

    __tablename__ = "appui_counter"

    department: str = Field(primary_key=True)
    year: int = Field(primary_key=True, sa_type=Integer)
    last: int


class BulkKeyRow(AppuiTable, table=True):
    """The key of an action of a list, so that the same list given again does nothing twice."""

    __tablename__ = "appui_bulk_key"

    actor_id: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    case_id: str
    seq: int
    """The line of the journal."""
    digest: str


class ImportLineRow(AppuiTable, table=True):
    """A line of a file that became a case, so that importing twice does nothing twice."""

    __tablename__ = "appui_import_line"
    __table_args__ = (
        Index("appui_import_line_by_case", "case_id"),
        Index("appui_import_line_by_department", "department", "source", "case_id"),
    )

    source: str = Field(primary_key=True)
    line_key: str = Field(primary_key=True)
    case_id: str
    digest: str
    imported_at: datetime = Field(sa_type=Instant)
    line: int | None = None
    """Where it stood in the file, the last time that it was read."""
    department: str
    """That of the case."""


class ImportSourceRow(AppuiTable, table=True):
    """A file that cases came from, and what must be said with every figure that counts them."""

    __tablename__ = "appui_import_source"

    source: str = Field(primary_key=True)
    caveat: str


class NoteRow(AppuiTable, table=True):
    """A person's own reminder on a case, which is put aside until then. Nobody else sees it, no journal tells it."""

    __tablename__ = "appui_note"
    __table_args__ = (
        ForeignKeyConstraint(["case_id"], ["appui_case.id"]),
        Index("appui_note_by_case", "case_id"),
    )

    person_id: str = Field(primary_key=True)
    case_id: str = Field(primary_key=True)
    until: date
    text: str
    version: int = Field(sa_type=Integer)


class CalendarFeedRow(AppuiTable, table=True):
    """The key to a person's calendar, of which only the hash is kept."""

    __tablename__ = "appui_calendar_feed"
    __table_args__ = (UniqueConstraint("digest"),)

    person_id: str = Field(primary_key=True)
    digest: str
    given_at: datetime = Field(sa_type=Instant)


CASES: Table = METADATA.tables["appui_case"]
SHARES: Table = METADATA.tables["appui_share"]
TERMS: Table = METADATA.tables["appui_term"]
CONSULTATIONS: Table = METADATA.tables["appui_consultation"]
DEADLINES: Table = METADATA.tables["appui_deadline"]
MESSAGES: Table = METADATA.tables["appui_message"]
