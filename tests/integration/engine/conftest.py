"""Engines over bases of their own, with a clock that tests hold."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.integration.engine.world import START, Desk

from appui.workflow.clock import ManualClock
from appui.workflow.config import Settings
from appui.workflow.engine import Engine


@pytest.fixture
def clock() -> ManualClock:
    """A Tuesday morning in March 2026, until the test moves it."""
    return ManualClock(START)


@pytest.fixture
def url(make_url: Callable[..., str], dialect: str) -> str:
    """The address of a base that is ready, once on SQLite and once on PostgreSQL."""
    return make_url(dialect)


@pytest.fixture
def make_engine(url: str, clock: ManualClock, tmp_path: Path) -> Iterator[Callable[..., Engine]]:
    """Return an engine over the test's base: `make_engine(mail={…}, guards={…})`, any number of times."""
    made: list[Engine] = []

    def make(*, envelopes: Any = (), folder: Path | None = None, mail: Any = None, **options: Any) -> Engine:
        settings = Settings.model_validate(
            {
                "database": {"url": url, "pool_size": 8},
                "documents": {"folder": tmp_path / "documents"},
                "envelopes": envelopes,
                "procedures": {"folder": folder},
                "mail": {"folder": tmp_path / "mail", **(mail or {})},
            }
        )
        made.append(Engine(settings, **{"clock": clock, **options}))
        return made[-1]

    yield make
    for engine in made:
        engine.stop()


@pytest.fixture
def engine(make_engine: Callable[..., Engine]) -> Engine:
    """An engine as it is without any configuration."""
    return make_engine()


@pytest.fixture
def desk(engine: Engine, clock: ManualClock) -> Desk:
    """Leads cases through `engine`."""
    return Desk(engine, clock)
