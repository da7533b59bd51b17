"""Engines to be killed."""

from tests.integration.places import engine, make_engine, place, place_of, url, world

__all__ = ["engine", "make_engine", "place", "place_of", "url", "world"]
