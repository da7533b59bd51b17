"""Engines to be interrupted: their connections announce what they run."""

from collections.abc import Iterator

import pytest
from tests.integration.boundary import announcing
from tests.integration.places import engine, make_engine, place, place_of, url, world

__all__ = ["engine", "make_engine", "place", "place_of", "url", "world"]


@pytest.fixture(autouse=True)
def _announced() -> Iterator[None]:
    with announcing():
        yield
