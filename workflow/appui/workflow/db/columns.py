"""Columns: how instants and plain data are kept, so that both databases give back what they were given."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, DateTime, Dialect, String
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeDecorator, TypeEngine

from appui.workflow.journal import instant


class Instant(TypeDecorator[datetime]):
    """An aware instant, in UTC; on SQLite the text of `journal.instant`, which sorts as time does."""

    impl = String(32)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Return the type that the database itself has for instants."""
        own = DateTime(timezone=True) if dialect.name == "postgresql" else String(32)
        return dialect.type_descriptor(own)

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """Return what the driver is given."""
        if value is None or dialect.name == "postgresql":
            return value
        return instant(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ARG002 (SQLAlchemy's)
        """Return the instant in UTC, whatever the time zone of the session."""
        if value is None:
            return None
        moment = value if isinstance(value, datetime) else datetime.fromisoformat(value)
        return moment.astimezone(UTC)


PLAIN = JSON().with_variant(JSONB(), "postgresql")
"""Plain data whose order does not matter."""
EXACT = JSON()
"""Plain data given back to the letter: PostgreSQL's `jsonb` would sort keys and rewrite numbers."""
BYTEWISE = String().with_variant(String(collation="C"), "postgresql")
"""Text that both databases compare byte by byte, so that what begins with a word is a range."""
