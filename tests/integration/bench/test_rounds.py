"""A run in small: bases, processes and rounds work together. Nothing here looks at how fast it is."""

import pytest

from bench.databases import running
from bench.lines import Line
from bench.rounds import Plan, measure

# One worker of pytest runs it for the whole module.
pytestmark = pytest.mark.xdist_group("bench")

LINES = (
    Line(subject="bare", name="act", label="", workers=(1, 2)),
    Line(subject="bare", name="no such line", label=""),
    Line(subject="appui", name="explain_among_many", label="", uses_up=False, place="many"),
)


@pytest.fixture(scope="module")
def measured():
    """A run of two rounds on SQLite."""
    heard = []
    with running("sqlite") as databases:
        plan = Plan(rounds=2, seconds=0.01, many=20, lines=LINES)
        return measure(databases, plan, told=heard.append), heard


def test_each_line_is_measured_once_a_round_with_each_number_of_workers(measured):
    """The round that warms up is not among the rates."""
    found, heard = measured

    assert {key: len(each.rates) for key, each in found.measured.items() if not each.reason} == {
        "bare.act.1": 2,
        "bare.act.2": 2,
        "appui.explain_among_many.1": 2,
    }
    assert heard == ["préparation", "tour 1 sur 2", "tour 2 sur 2"]


def test_a_line_that_cannot_run_says_why_and_stops_no_other(measured):
    """The report has a reason where another would have a figure."""
    found, _ = measured

    assert found.measured["bare.no such line.1"].rates == []
    assert "no such line" in found.measured["bare.no such line.1"].reason


def test_what_is_measured_is_durable(measured):
    """The run says by which settings, so that nobody compares it with one that was not."""
    found, _ = measured

    assert (found.rounds, found.settings["synchronous"]) == (2, "FULL")
    assert found.rows["appui_entry"] == 1
