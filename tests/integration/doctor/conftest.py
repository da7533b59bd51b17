"""Installations to be broken on purpose, and looked over."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from tests.integration.engine.world import AGENT, DEPUTY, REQUEST, VILLAGE, Desk

from appui.states.actor import Grant
from appui.states.case import Case
from appui.states.effects import BUILT_IN
from appui.states.parsing import build_procedure
from appui.workflow.clock import ManualClock, system_clock
from appui.workflow.commands import OpenCase
from appui.workflow.config import Settings
from appui.workflow.doctor.checks import examine, repairs
from appui.workflow.doctor.examination import Examination
from appui.workflow.doctor.findings import Finding
from appui.workflow.engine import Engine
from appui.workflow.people import Person

WAITING = frozenset({"work", "mails"})


class Clinic:
    """An installation with a desk at work, and the doctor."""

    def __init__(self, url: str, folder: Path, **database: Any) -> None:
        self.folder = folder
        self.given: dict[str, Any] = {
            "database": {"url": url, **database},
            "documents": {"folder": folder / "documents"},
        }
        # Work began a month ago, so that what is done a few days apart lies before the doctor's visit.
        self.clock = ManualClock(system_clock() - timedelta(days=60))
        self.engine = Engine(self.settings, clock=self.clock)
        self.engine.database.upgrade()
        self.desk = Desk(self.engine, self.clock)
        for actor in (AGENT, DEPUTY):
            grants = tuple(Grant(grant.role, grant.territory) for grant in actor.grants)
            self.engine.people.add(Person(actor.id, actor.name, grants=grants))

    @property
    def settings(self) -> Settings:
        """The configuration, as it stands."""
        return Settings.model_validate(self.given)

    def open(self, **changes: Any) -> Case:
        """Register a request."""
        return self.desk.open(received_on=self.desk.today.isoformat(), **changes)

    def open_with_procedure_of_a_host(self, key: str) -> Case:
        """Register a request that follows a procedure which only a host gives: the shipped one under another key."""
        content = {**self.engine.library.get("engineering_request", 2).content, "key": key}
        engine = Engine(self.settings, clock=self.clock, procedures=(build_procedure(content, BUILT_IN, source=key),))
        try:
            given = {**REQUEST, "received_on": self.desk.today.isoformat()}
            return engine.open(OpenCase(key, VILLAGE, "Friche", given), actor=AGENT)
        finally:
            engine.stop()

    def break_(self, *statements: str, **parameters: Any) -> None:
        """Change the base behind the back of appui."""
        with self.engine.database.begin() as connection:
            for statement in statements:
                connection.execute(text(statement), parameters)

    def examination(self, **options: Any) -> Examination:
        """Return a new visit."""
        return Examination.of(self.settings, **options)

    def look(self, *, waiting: bool = False, **options: Any) -> dict[str, Finding]:
        """Return the findings of a visit by check; what waits left out unless asked, since no worker runs here."""
        examination = self.examination(**options)
        try:
            found = {finding.check: finding for finding in examine(examination)}
            return {name: each for name, each in found.items() if waiting or name not in WAITING}
        finally:
            examination.database.dispose()

    def faults(self, **options: Any) -> list[str]:
        """Return the checks that find something, wrong or to watch."""
        return [name for name, finding in self.look(**options).items() if finding.level != "good"]

    def repair(self, *, do: bool) -> list[str]:
        """Return what can be put right, and put it right if asked."""
        examination = self.examination()
        try:
            found = []
            for each in repairs(examination):
                found.append(each.text)
                if do:
                    each.do()
            return found
        finally:
            examination.database.dispose()


@pytest.fixture
def make_clinic(make_url: Callable[..., str], tmp_path: Path) -> Iterator[Callable[..., Clinic]]:
    """Return an installation on that kind of base: `make_clinic("postgresql")`."""
    made: list[Clinic] = []

    def make(dialect: str, **database: Any) -> Clinic:
        made.append(Clinic(make_url(dialect), tmp_path, **database))
        return made[-1]

    yield make
    for each in made:
        each.engine.stop()


@pytest.fixture
def clinic(make_clinic: Callable[..., Clinic], dialect: str) -> Clinic:
    """An installation, once on SQLite and once on PostgreSQL."""
    return make_clinic(dialect)
