"""Places: fixtures of engines in one world, on a base that is put back as often as needed."""

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest
from tests.integration import operations
from tests.integration.operations import World, make_world

from appui.workflow import Engine


class Place:
    """A base that holds the world, and its engines: none does anything between two tests."""

    def __init__(self, url: str, folder: Path, world: World) -> None:
        self.url = url
        self._folder = folder
        self._known: dict[tuple[type[Engine], int], Engine] = {}
        world.founded(self.engine(Engine, 0))

    def engine(self, kind: type[Engine], number: int) -> Engine:
        """Return the engine of that kind and number."""
        if (kind, number) not in self._known:
            self._known[kind, number] = operations.make_engine(self.url, self._folder, kind)
        return self._known[kind, number]

    def leave(self) -> None:
        """Let go of the base."""
        for engine in self._known.values():
            engine.stop()


@pytest.fixture(scope="session")
def world(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> World:
    """Some cases, made once: their rows can be put into a base of either kind."""
    folder = tmp_path_factory.mktemp("world")
    engine = operations.make_engine(f"sqlite:///{folder / 'appui.db'}", folder / "documents")
    world = make_world(engine)
    engine.stop()
    return world


@pytest.fixture(scope="session")
def place_of(
    make_lasting_url: Callable[..., str], world: World, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], Place]:
    """Return the place of each kind of base, made when it is first asked for."""
    return cache(lambda dialect: Place(make_lasting_url(dialect), tmp_path_factory.mktemp("documents"), world))


@pytest.fixture
def place(place_of: Callable[[str], Place], dialect: str) -> Iterator[Place]:
    """The place of a test, once on SQLite and once on PostgreSQL."""
    place = place_of(dialect)
    yield place
    place.leave()


@pytest.fixture
def url(place: Place) -> str:
    """The address of its base."""
    return place.url


@pytest.fixture
def make_engine(place: Place) -> Callable[..., Engine]:
    """Return an engine: sound, or of the kind that is given; another number is another engine."""
    return lambda kind=Engine, number=0: place.engine(kind, number)


@pytest.fixture
def engine(make_engine: Callable[..., Engine]) -> Engine:
    """An engine as it should be."""
    return make_engine()
