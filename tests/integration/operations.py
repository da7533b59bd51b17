"""Operations: what is asked of an engine while it is stopped, killed or interrupted, and the world in which it is."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from tests.integration.content import Rows, put_back, rows_of, save
from tests.integration.officials import (
    AGENCY,
    COMMUNE,
    DEPUTY,
    DESK,
    DOCUMENT,
    HERE,
    OFFICER,
    START,
    engine_on,
    opened,
    signed,
)

from appui.states.case import Case
from appui.workflow import Absence, Act, Engine, Grant, ImportCase, Person, Provider
from appui.workflow.views import Event

STALE, SAME = "stale_case", "done"
"""What somebody hears who gives a command again that was done: read again; or the same as the first time."""
_GRANTED = ({"department": "79", "year": START.year, "granted_cents": 40_000},)
"""Enough for one of two conventions of 30,000 cents."""
_NEW_FILE = b"%PDF-1.4\n% another\n%%EOF"
_LINE = ImportCase(
    procedure="engineering_request",
    applicant=COMMUNE,
    title="Halle du marché",
    data={"channel": "import"},
    state="scoping",
    known_on=date(2026, 2, 27),
    words={"Suite donnée": "Cadrage"},
    source="Tableau de suivi",
    key="12",
)
_CHANGED = replace(
    _LINE,
    state="framed",
    known_on=date(2026, 3, 2),
    words={"Suite donnée": "Cadré"},
    accept=True,
)


@dataclass(frozen=True, slots=True)
class World:
    """A base with a few cases, to be put back as often as needed."""

    rows: Rows
    cases: Mapping[str, Case]
    """By what may be done with them."""

    def founded(self, engine: Engine) -> None:
        """Put this world into an empty base."""
        save(engine, self.rows)

    def restored(self, engine: Engine) -> None:
        """Make the base and the folder this world again, whatever has become of it."""
        put_back(engine, (DOCUMENT,))


@dataclass(frozen=True, kw_only=True, slots=True)
class Operation:
    """Something asked of an engine in a world."""

    name: str
    run: Callable[[Any, World], object]
    again: str | None
    """What who gives it again hears, once it is done; None: it would be another of the same."""
    belied: Callable[[Any, Any], Iterable[str]] = lambda _engine, _heard: ()
    """Given an engine when all is over and what `run` returned: says where that turned out to be wrong."""


def make_engine(url: str, folder: Path, kind: type[Engine] = Engine) -> Engine:
    """Return an engine of a kind that has read its procedures, with the envelope that operations draw upon."""
    engine: Engine = engine_on(url, folder, kind=kind, envelopes=_GRANTED)
    assert len(engine.library.contents) > 0
    return engine


def make_world(engine: Any) -> World:
    """Lead some cases to where something may be done with them."""
    for person_id in ("agent", "collegue"):
        engine.people.add(Person(person_id, f"Prénom {person_id}"))
    incomplete, ended = opened(engine), opened(engine)
    imported = engine.import_case(_LINE, actor=DESK).case
    cases = {
        "received": opened(engine),
        "incomplete": engine.act(Act(incomplete.id, "ask_completion", {"items": ["Plan"]}, 1), actor=OFFICER),
        "ended": engine.act(Act(ended.id, "drop", {"reason": "Sans nouvelles"}, 1), actor=OFFICER),
        "imported": imported,
        "signed": signed(engine),
        "also_signed": signed(engine),
    }
    return World(rows_of(engine), cases)


def _act(name: str, case: str, action: str, data: Mapping[str, Any], *, actor: Any = OFFICER) -> Operation:
    def run(engine: Any, world: World) -> None:
        known = world.cases[case]
        engine.act(Act(known.id, action, data, known.version), actor=actor)

    return Operation(name=name, run=run, again=STALE)


def _open(engine: Any, _world: World) -> None:
    opened(engine)


def _import(command: ImportCase) -> Callable[[Any, World], object]:
    return lambda engine, _world: engine.import_case(command, actor=DESK) and None


def _attach(engine: Any, world: World) -> None:
    engine.attach(world.cases["received"].id, "plan.pdf", _NEW_FILE, actor=OFFICER)


def _add_person(engine: Any, _world: World) -> None:
    absence = Absence(date(2026, 3, 9), date(2026, 3, 13), "collegue")
    grants = (Grant("case_officer", HERE), Grant("intake_officer", HERE))
    engine.people.add(Person("nouvelle", "Mme Nouvelle", grants=grants, absences=(absence,)))


def _add_provider(engine: Any, _world: World) -> None:
    engine.providers.add(Provider("agence", "Une agence", "Agence technique", territories=(HERE,)))


def _tick(engine: Any, world: World) -> list[Event]:
    """Read the feed as the tick does, once another case has moved."""
    known = world.cases["imported"]
    engine.act(Act(known.id, "assign", {"assignee": "collegue"}, known.version), actor=OFFICER)
    return list(engine.events())


def _missed(engine: Any, heard: Any) -> Iterator[str]:
    """Say what a subscriber who goes on from where it was never hears of."""
    feed = [each.cursor for each in engine.events()]
    read = [each.cursor for each in heard]
    if feed[: len(read)] != read:
        yield f"{sorted(set(feed) - set(read))} came into the feed before what was already read"


OPERATIONS = {
    each.name: each
    for each in (
        Operation(name="open", run=_open, again=None),
        _act("act", "received", "ask_completion", {"items": ["Plan"]}),
        _act("assign", "received", "assign", {"assignee": "collegue"}),
        _act("share", "received", "share", {"department": "86"}),
        _act("suspend", "received", "suspend", {"reason": "Élections"}),
        _act("correct", "received", "correct", {"what": "title", "value": "Friche du centre", "reason": "Mal noté"}),
        _act("provide", "incomplete", "provide_completion", {"answer": "Voici"}),
        _act("undo", "incomplete", "undo", {"reason": "Erreur"}),
        _act("reopen", "ended", "reopen", {"reason": "Du nouveau"}, actor=DEPUTY),
        _act("comment", "ended", "comment", {"text": "Vu"}),
        _act("commit_funds", "signed", "commit_funds", {"amount_cents": 30_000}, actor=AGENCY),
        _act("commit_other_funds", "also_signed", "commit_funds", {"amount_cents": 30_000}, actor=AGENCY),
        _act("act_on_import", "imported", "comment", {"text": "Vu"}),
        Operation(name="import", run=_import(replace(_LINE, key="13")), again=SAME),
        Operation(name="import_difference", run=_import(_CHANGED), again=SAME),
        Operation(name="attach", run=_attach, again=None),
        Operation(name="add_person", run=_add_person, again=SAME),
        Operation(name="add_provider", run=_add_provider, again=SAME),
        Operation(name="tick", run=_tick, again=None, belied=_missed),
    )
}
