"""Subjects: what is measured, each in a module of its own that is imported only where it runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Protocol

from bench.databases import Place
from bench.footprint import Sample

Doing = Callable[[Any], object]
"""Does the timed thing to a case, or to a list of them."""


class CannotRun(Exception):
    """What a line times cannot be done here; the message says why, and stands in the report."""


class Subject(Protocol):
    """Opens cases in a base of its own, and acts on them."""

    def __init__(self, place: Place, sample: Sample) -> None:
        """Take where to write, and what the engine writes; nothing is opened yet."""

    def set_up(self) -> None:
        """Make an empty base ready."""

    def prepare(self, count: int, line: str) -> Sequence[Any]:
        """Return the identifiers of that many new cases, for that line."""

    def doing(self, line: str) -> AbstractContextManager[Doing]:
        """Give what a line times, with its connections open."""

    def check(self, case: Any) -> str:
        """Return the state of a case as anybody reads it in the base: what was timed did happen."""


@dataclass(frozen=True, slots=True)
class About:
    """What the report says of a subject."""

    label: str
    where: str
    """module:class."""
    place: str
    """The base it writes into; appui and the bare driver share one, so that they meet the same indexes."""
    packages: tuple[str, ...] = ()
    """Distributions whose versions matter."""
    peer: bool = False
    how: str = ""
    """How it is used, in words."""


ABOUT: Mapping[str, About] = {
    "appui": About(
        label="appui",
        where="bench.subjects.appui:Appui",
        place="appui",
        packages=("appui", "sqlalchemy", "psycopg"),
        how="""`engine.act` and the other public methods, with the settings that are shipped: SQLite with WAL and
        `synchronous=FULL`. The clock stands still, so that every run writes rows of the same sizes.""",
    ),
    "bare": About(
        label="bare driver",
        where="bench.subjects.bare:Bare",
        place="appui",
        packages=("psycopg", "transitions"),
        how="""The rows that the engine writes, read back from the base and written for other cases by hand-written SQL
        into the same tables: psycopg on an autocommitting connection, one SELECT by primary key and one data-modifying
        CTE; sqlite3 with WAL, `synchronous=FULL` and BEGIN IMMEDIATE. Only the columns that change are set, and the
        version that was read is checked. It decides nothing, computes no hash and asks for no rights.""",
    ),
    "spiffworkflow": About(
        label="SpiffWorkflow",
        where="bench.subjects.spiffworkflow:SpiffWorkflow",
        place="spiffworkflow",
        packages=("spiffworkflow",),
        peer=True,
        how="""The same procedure as a BPMN process: a user task for each state, an exclusive gateway that follows the
        action out of it, with the guard as its condition. It has no persistence of its own: instances are stored as
        JSON, by the bare driver's shape of SQL (one SELECT and one CTE, or BEGIN IMMEDIATE). The line that counts keeps
        the specification in memory instead of storing and reading it with each case, which its serializer does by
        default: that is faster than its documentation, and has a line too. What is stored grows with the process:
        a third line has one of two tasks, which does not count, since it is not the same procedure.""",
    ),
    "viewflow": About(
        label="viewflow",
        where="bench.subjects.viewflow:Viewflow",
        place="viewflow",
        packages=("django-viewflow", "django"),
        peer=True,
        how="""A `Flow` whose tasks are handles done from code: viewflow's own engine, which keeps the process, its
        tasks (they are the history, each with its data) and what comes next. Its `fsm` is a state slot that keeps
        nothing by itself, which django-fsm-2 already stands for. `SelectForUpdateLock` on PostgreSQL, as its
        documentation recommends. Connections stay open; SQLite with IMMEDIATE transactions.""",
    ),
    "django_fsm": About(
        label="django-fsm-2",
        where="bench.subjects.django_fsm:DjangoFsm",
        place="django_fsm",
        packages=("django-fsm-2", "django"),
        peer=True,
        how="""A model with a protected `FSMField`, a transition with its condition, and `ConcurrentTransitionMixin`,
        saved with a line of history, the deadline and the messages (`bulk_create`) in `transaction.atomic()`.
        Connections stay open; SQLite with IMMEDIATE transactions.""",
    ),
    "dbos": About(
        label="DBOS Transact",
        where="bench.subjects.dbos:Dbos",
        place="dbos",
        packages=("dbos", "sqlalchemy"),
        peer=True,
        how="""A workflow of one datasource transaction in which the case, its history, deadline and messages are
        written by hand-written SQL (one CTE on PostgreSQL, READ COMMITTED with a version check). Its system tables lie
        in the same base. It keeps a promise that the others do not make: a workflow that was cut short goes on by
        itself, at the price of several commits an action.""",
    ),
}
"""In the order of the report."""


def subject(name: str, place: Place, sample: Sample) -> Subject:
    """Return a subject, its module imported now. ImportError when its packages are not installed."""
    module, _, attribute = ABOUT[name].where.partition(":")
    made: Subject = getattr(import_module(module), attribute)(place, sample)
    return made
