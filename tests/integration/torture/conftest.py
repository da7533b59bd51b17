"""Bases for trials: a file, a server of the trial's own, or a schema on a server that somebody else keeps."""

import pytest

from appui.workflow.config import Database, Settings
from appui.workflow.torture.bases import made
from appui.workflow.torture.plan import Plan
from appui.workflow.torture.run import tortured


@pytest.fixture
def tried(dialect, make_url):
    """Run a small trial with an engine on the base of a configuration: `tried(engine, actions=…)`; its account."""

    def run(engine, **wanted):
        url = make_url(dialect, ready=False)
        small = {"seed": 7, "workers": 2, "minutes": 30, "kills": 0, "blow_seconds": 0.5}
        plan = Plan(engine_factory=engine, **{**small, **wanted})
        with made(dialect, Settings(database=Database(url=url))) as base:
            return tortured(plan, base)

    return run
