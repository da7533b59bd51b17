"""The performance: the story played on a base of its own, then a real tracker taken in beside it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from importlib.resources import files
from pathlib import Path

from appui.states.actor import Actor
from appui.states.case import Case
from appui.states.deadlines import LATE
from appui.states.errors import AppuiError, Refusal
from appui.states.procedure import Procedure
from appui.states.wording import NBSP, counted, day_in_words, listed, weekday_in_words
from appui.workflow.calendars import calendar_of
from appui.workflow.clock import ManualClock
from appui.workflow.commands import Act, OpenCase
from appui.workflow.config import Database, Envelope, Settings
from appui.workflow.demonstration import cast
from appui.workflow.demonstration.story import CHAPTERS, Chapter, Step
from appui.workflow.demonstration.telling import PRESUMED, Teller, names_of, reasons_of
from appui.workflow.engine import ENGINEERING_REQUEST, Engine
from appui.workflow.importing.requests import Report, import_requests
from appui.workflow.reports.words import envelope_in_words, operators_in_words, share_in_words
from appui.workflow.views import ADDED, KNOWN, ActionView

BASE, CONFIG, DOCUMENTS = "appui.db", "config.toml", "documents"
ENVELOPE = {"department": cast.DEPARTMENT, "year": 2026, "granted_cents": 1_500_000}
KNOWN_ON = date(2021, 9, 14)
"""The day on which the tracker of Deux-Sèvres was true."""
EXPLAINED = "friche urbaine"
"""In the title of the real line that is explained."""

_OPENING, _MORNING = time(8, 30), time(9)
_ROUTES = {"local": "locale", "operator": "autre opérateur", "national": "nationale", "": "pas encore orientée"}
_NOT_HELD = (
    ("received_on", "le jour de sa réception"),
    ("need", "le besoin en toutes lettres"),
    ("contact", "qui joindre en mairie"),
    ("framing", "le jour de la réunion de cadrage"),
    ("convention", "les parties et le montant de la convention"),
    ("signatures", "les jours des signatures"),
)
"""Fact → what a tracker that lacks it does not say."""


def play(teller: Teller, folder: Path) -> Engine:
    """Play everything on a fresh base in `folder`, whose former demonstration is removed; return the engine, open."""
    clock = ManualClock(_local(CHAPTERS[0].steps[0].on, _OPENING))
    engine = Engine(_fresh(folder), clock=clock)
    for person in cast.PEOPLE:
        engine.people.add(person)
    for provider in cast.PROVIDERS:
        engine.providers.add(provider)
    teller.says(
        "Démonstration d'appui. Les personnes, les prestataires et la commune d'Exemple-sur-Sèvre sont fictifs ; "
        "les courriels sont préparés, aucun ne part."
    )
    followed = [_Chapter(engine, clock, teller, chapter).play() for chapter in CHAPTERS]
    explained = _real_lines(engine, teller)
    _where_next(teller, folder, explained=explained, followed=followed[-1])
    return engine


def _fresh(folder: Path) -> Settings:
    """Remove what a former demonstration left in the folder, and return the settings of a new one.

    They are written there too, for the commands that follow. No variable of the environment counts: the demonstration
    must never write elsewhere.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name in (BASE, f"{BASE}-wal", f"{BASE}-shm", CONFIG):
        (folder / name).unlink(missing_ok=True)
    with suppress(FileNotFoundError):
        shutil.rmtree(folder / DOCUMENTS)
    url = f"sqlite:///{(folder / BASE).as_posix()}"
    lines = (
        "# Base de la démonstration : refaite par chaque « appui demo ».",
        "[database]",
        f"url = {json.dumps(url, ensure_ascii=False)}",
        "",
        "[[envelopes]]",
        *(f"{name} = {json.dumps(value)}" for name, value in ENVELOPE.items()),
    )
    (folder / CONFIG).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return Settings(database=Database(url=url), envelopes=(Envelope.model_validate(ENVELOPE),))


def _local(day: date, at: time) -> datetime:
    return datetime.combine(day, at, tzinfo=calendar_of(cast.DEPARTMENT).zone)


class _Chapter:
    """Plays one request."""

    def __init__(self, engine: Engine, clock: ManualClock, teller: Teller, chapter: Chapter) -> None:
        self.engine = engine
        self.clock = clock
        self.teller = teller
        self.chapter = chapter
        self.documents: dict[str, str] = {}
        self.case: Case | None = None

    def play(self) -> Case:
        """Play every step, then tell the way that was gone; return the case at its end."""
        self.teller.heading(self.chapter.heading)
        for step in self.chapter.steps:
            self._step(step)
        case = self._here
        self.teller.path(case, self._procedure)
        entries = counted(len(self.engine.journal(case.id, actor=self._actor(cast.AGENT))), "écriture", "écritures")
        faults = self.engine.verify_journal(case.id)
        self.teller.says(f"Son journal compte {entries} ; leur chaîne est {'rompue' if faults else 'intacte'}.")
        return case

    def _step(self, step: Step) -> None:
        self.clock.set(max(_local(step.on, _MORNING), self.clock() + timedelta(minutes=20)))
        actor = self._actor(step.by)
        hour = self.clock()
        when = f"{weekday_in_words(step.on).capitalize()}, {hour.hour}{NBSP}h{NBSP}{hour.minute:02d}"
        self.teller.scene(when, actor.name, step.tells)
        if self.case is not None:
            late = [each for each in self.engine.deadlines(self.case.id, actor=actor) if each.status == LATE]
            self.teller.deadlines(late)
        if step.action == "open":
            self._open(step)
        elif step.refused:
            self._refused(step)
            return
        else:
            self._act(step)
        views = self.engine.explain(self._here.id, actor=actor)
        self.teller.permitted([view for view in views if self._is_next(view)])
        for name in step.why_not:
            view = next(each for each in views if each.name == name)
            self.teller.refused(view.label, _reasons(view), names_of(view.who_can))

    def _open(self, step: Step) -> None:
        actor = self._actor(step.by)
        command = OpenCase(ENGINEERING_REQUEST, cast.COMMUNE, self.chapter.title, step.data)
        self.case = self.engine.open(command, actor=actor)
        self.teller.item("Dossier", f"{self.case.reference} · {self.case.applicant.name} · {self.case.title}")
        self.teller.done(self._procedure.actions["open"].label, self._state)
        self.teller.messages(self.engine.messages(self.case.id, actor=actor))
        self.teller.deadlines(self.engine.deadlines(self.case.id, actor=actor))

    def _act(self, step: Step) -> None:
        actor, command = self._actor(step.by), self._command(step)
        outcome = self.engine.preview(command, actor=actor)
        self.case = self.engine.act(command, actor=actor)
        self.teller.done(self._procedure.actions[step.action].label, self._state)
        self.teller.messages(outcome.messages)
        self.teller.deadlines(outcome.deadlines)

    def _refused(self, step: Step) -> None:
        actor = self._actor(step.by)
        views = {view.name: view for view in self.engine.explain(self._here.id, actor=actor)}
        try:
            self.engine.act(self._command(step), actor=actor)
        except AppuiError as error:
            view = views[step.action]
            self.teller.refused(view.label, reasons_of(error), names_of(view.who_can))
            return
        raise RuntimeError(f"the story expected {step.action} to be refused")

    def _command(self, step: Step) -> Act:
        if step.attaches is not None:
            name, content = step.attaches
            document = self.engine.attach(self._here.id, name, content, actor=self._actor(step.by))
            self.documents[f"@{name}"] = document.id
            self.teller.item("Document déposé", f"{document.name} ({counted(document.size, 'octet', 'octets')})")
        data = {
            name: self.documents.get(value, value) if isinstance(value, str) else value
            for name, value in step.data.items()
        }
        return Act(self._here.id, step.action, data, self._here.version)

    def _is_next(self, view: ActionView) -> bool:
        """Return whether an action leads on from here: those that are possible everywhere say nothing."""
        procedure = self._procedure
        everywhere = {name for name in procedure.states if name not in procedure.final_states}
        sources = {state for way in procedure.actions[view.name].transitions for state in way.sources}
        return not everywhere <= sources and all(refusal.code == "not_allowed" for refusal in view.refusals)

    def _actor(self, person: str) -> Actor:
        return self.engine.people.actor(person)

    @property
    def _here(self) -> Case:
        if self.case is None:
            raise RuntimeError("a chapter begins by opening its case")
        return self.case

    @property
    def _procedure(self) -> Procedure:
        return self.engine.library.get(self._here.procedure, self._here.procedure_version)

    @property
    def _state(self) -> str:
        return self._procedure.states[self._here.state].label


def _reasons(view: ActionView) -> Sequence[Refusal]:
    """Return the reasons of a refusal; who may do it is told apart."""
    return [refusal for refusal in view.refusals if refusal.code != "not_allowed"] or view.refusals


def _real_lines(engine: Engine, teller: Teller) -> Case:
    """Take in the tracker of Deux-Sèvres, count it, explain one of its lines; return that case."""
    actor = engine.people.actor(cast.AGENT)
    before = engine.board(actor=actor, department=cast.DEPARTMENT)
    teller.heading("3. Un vrai tableau : les Deux-Sèvres, 14 septembre 2021")
    report = _imported(engine)
    again = _imported(engine)
    teller.says(
        f"{counted(report.count(ADDED), 'ligne reprise', 'lignes reprises')} du tableau tenu par un service ; "
        f"repris une seconde fois, il en ajoute {again.count(ADDED)} ({again.count(KNOWN)} sont déjà là)."
    )
    after = engine.board(actor=actor, department=cast.DEPARTMENT)
    procedure = engine.library.for_reception(ENGINEERING_REQUEST, KNOWN_ON)
    states = {name: state.label for name, state in procedure.states.items()}
    teller.counts("Par étape (sans les deux demandes fictives)", _added(before["state"], after["state"]), states)
    teller.counts("Par voie", _added(before["route"], after["route"]), _ROUTES)
    _share(engine, teller, actor)
    chosen = next(line.case_id for line in report.lines if EXPLAINED in line.title)
    case = engine.get(chosen or "", actor=actor)
    _explain(engine, teller, case)
    return case


def _share(engine: Engine, teller: Teller, actor: Actor) -> None:
    """Tell the figure that the prefect watches, as it was on the day of the tracker, and as it is."""
    then = engine.local_share(actor=actor, department=cast.DEPARTMENT, as_of=KNOWN_ON)
    today = engine.clock().astimezone(calendar_of(cast.DEPARTMENT).zone).date()
    now = engine.local_share(actor=actor, department=cast.DEPARTMENT, period=today.year)
    teller.scene("Part locale", f"au {day_in_words(KNOWN_ON)}", f"{share_in_words(then)}.")
    teller.item("Autres opérateurs", f"{operators_in_words(then)}.")
    teller.item("Peuvent encore aller à l'ANCT", f"{then.allowance}.")
    for caveat in then.caveats:
        teller.item("À savoir", caveat)
    envelope = envelope_in_words(engine.envelope(cast.DEPARTMENT, today.year, actor=actor))
    teller.item(f"En {today.year}, les deux fictives, et celles du tableau qui attendent", f"{share_in_words(now)}.")
    teller.item("Enveloppe", f"{envelope}.")


def _imported(engine: Engine) -> Report:
    data = files("appui.workflow.importing") / "data"
    return import_requests(
        engine,
        (data / "deux-sevres-2021.csv").read_bytes(),
        (data / "deux-sevres-2021.toml").read_bytes(),
        department=cast.DEPARTMENT,
        known_on=KNOWN_ON,
        actor=engine.people.actor(cast.AGENT),
    )


def _added(before: Mapping[str, int], after: Mapping[str, int]) -> dict[str, int]:
    return {name: count - before.get(name, 0) for name, count in after.items()}


def _explain(engine: Engine, teller: Teller, case: Case) -> None:
    actor = engine.people.actor(cast.AGENT)
    procedure = engine.library.get(case.procedure, case.procedure_version)
    views = {view.name: view for view in engine.explain(case.id, actor=actor)}
    teller.scene("L'une d'elles", case.applicant.name, f"{case.reference} · {case.title}")
    state, route = procedure.states[case.state].label, _ROUTES[case.route or ""]
    version = f"version {case.procedure_version} de la procédure, celle de son époque"
    teller.item("Où elle en est", f"{state}, voie {route} ; {version}.")
    words = case.fact("imported.words") or {}
    teller.item("Les mots de la source", " ; ".join(f"« {text} » ({column})" for column, text in words.items()) + ".")
    teller.item("Présumé, car l'étape l'implique sans que le tableau le dise", f"{_presumed(case.presumed)}.")
    unknown = [label for name, label in _NOT_HELD if case.fact(name) is None]
    teller.item("Inconnu, et laissé inconnu", f"{listed(unknown)}.")
    if case.received_before is not None:
        teller.item("Reçue", f"avant le {day_in_words(case.received_before)}, sans plus ; aucune durée n'en est tirée.")
    service = views["start_service"]
    teller.item("Possible", f"{service.label}, sur la foi de ce qui est présumé ({_presumed(service.presumed)}).")
    for name in ("sign", "complete"):
        teller.refused(views[name].label, views[name].refusals, names_of(views[name].who_can))


def _presumed(facts: Sequence[str]) -> str:
    return listed([PRESUMED.get(name, name) for name in facts])


def _where_next(teller: Teller, folder: Path, *, explained: Case, followed: Case) -> None:
    appui = f"appui --config {(folder / CONFIG).as_posix()}"
    teller.heading("Et maintenant")
    teller.says(f"La base : {(folder / BASE).as_posix()} (refaite à chaque démonstration).")
    commands = f"case list, puis case explain {explained.reference}, case journal {followed.reference}"
    teller.says(f"À essayer : {appui} {commands}.")
