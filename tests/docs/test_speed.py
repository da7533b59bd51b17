"""The speed that the documents claim is what the kept figures say."""

from pathlib import Path

import pytest

from bench.figures import LATEST, Figures
from bench.report import page, readme

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def figures():
    """The run that was kept."""
    return Figures.read(LATEST)


def test_the_report_is_what_the_kept_figures_give(figures):
    """Nobody writes a figure by hand."""
    assert (ROOT / "docs" / "reference" / "speed.md").read_text(encoding="utf-8") == page(figures)


def test_the_table_of_the_readme_is_what_the_kept_figures_give(figures):
    """The first page claims no more than the report."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")

    assert "<!-- speed: written by `make bench` -->" in text
    assert readme(text, figures) == text


def test_a_whole_run_was_kept(figures):
    """Both databases, every commit durable."""
    assert figures.databases["sqlite"].settings["synchronous"] == "FULL"
    assert figures.databases["postgresql"].settings["fsync"] == "on"
    assert figures.databases["postgresql"].settings["synchronous_commit"] == "on"
