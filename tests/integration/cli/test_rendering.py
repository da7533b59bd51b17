"""Pages made of cases: what they say, and that nothing in a case can act on the terminal. No base is needed."""

import io
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from rich.console import Console

from appui.notifications.message import Message
from appui.states.applicant import Applicant
from appui.states.case import Case, Entry, Step
from appui.states.deadlines import Deadline
from appui.states.effects import BUILT_IN
from appui.states.errors import Refusal
from appui.states.events import StateEntered
from appui.states.library import shipped
from appui.workflow.cli.days import due, relative_day, short_day, since
from appui.workflow.cli.facts import facts_of
from appui.workflow.cli.json_output import to_plain
from appui.workflow.cli.rendering import (
    case_header,
    cases_table,
    deadlines_table,
    explanation,
    facts_table,
    journal_table,
    messages_table,
)
from appui.workflow.views import ActionView

PROCEDURE = shipped(BUILT_IN).get("engineering_request", 2)
NOW = datetime(2026, 11, 22, 10, tzinfo=ZoneInfo("Europe/Paris"))
TODAY = NOW.date()
ATTACKS = [
    "\x1b[31mrouge\x1b[0m",
    "\x1b]8;;https://x.example\x07lien",
    "\x9b2J",
    "[bold]gras[/bold]",
    "a\u202eb\rc\bd",
    "\ud800",
]
HIDDEN = set("\x1b\x9b\x07\x08\r\u202e\ud800")


def case(**changes):
    """Return a case received nineteen days ago."""
    given: dict[str, Any] = {
        "id": "c1",
        "reference": "79-2026-0001",
        "procedure": "engineering_request",
        "procedure_version": 2,
        "state": "received",
        "version": 1,
        "applicant": Applicant(name="Échiré", kind="commune", department="79", population=3300),
        "title": "Friche du bourg",
        "steps": (Step(1, "open", date(2026, 11, 3), "received"),),
        "opened_at": NOW,
        "updated_at": NOW,
    }
    return Case(**(given | changes))


def deadline(**changes):
    """Return a first answer due in three days."""
    given: dict[str, Any] = {
        "key": "first_answer",
        "label": "Première réponse",
        "status": "open",
        "started_on": date(2026, 11, 11),
        "due_on": date(2026, 11, 25),
        "due_at": datetime(2026, 11, 25, 23, tzinfo=UTC),
        "derivation": "10 jours ouvrés à compter du 11 novembre 2026",
    }
    return Deadline(**(given | changes))


def message(**changes):
    """Return a message that waits."""
    given: dict[str, Any] = {
        "id": "m",
        "case_id": "c1",
        "seq": 1,
        "notice": "acknowledgement",
        "label": "Accusé de réception",
        "recipient": "applicant",
        "name": None,
        "email": None,
        "outside": True,
        "visit": 1,
        "not_before": NOW,
    }
    return Message(**(given | changes))


def page(renderable):
    """Return what 80 columns show."""
    file = io.StringIO()
    Console(file=file, width=80, markup=True, force_terminal=False).print(renderable)
    return file.getvalue()


@pytest.mark.parametrize(
    ("day", "said"),
    [
        (date(2026, 11, 25), "dans 3\xa0jours (mercredi 25\xa0nov.)"),
        (date(2026, 11, 23), "demain (lundi 23\xa0nov.)"),
        (date(2026, 11, 22), "aujourd'hui (dimanche 22\xa0nov.)"),
        (date(2026, 11, 21), "hier (samedi 21\xa0nov.)"),
        (date(2026, 11, 10), "il y a 12\xa0jours (mardi 10\xa0nov.)"),
        (date(2027, 1, 1), "dans 40\xa0jours (vendredi 1er\xa0janv. 2027)"),
    ],
)
def test_days_are_said_as_people_say_them(day, said):
    """« dans 3 jours (mercredi 25 nov.) » : near days have their names, other years are given."""
    assert relative_day(day, TODAY) == said


def test_lateness_and_duration_are_counted_in_days():
    """Late since yesterday is one day late; an unknown day is said to be unknown."""
    assert due(date(2026, 11, 20), TODAY, late=True) == "en retard de 2\xa0jours (vendredi 20\xa0nov.)"
    assert since(date(2026, 11, 10), TODAY) == "depuis 12\xa0jours (mardi 10\xa0nov.)"
    assert since(TODAY, TODAY) == "depuis aujourd'hui (dimanche 22\xa0nov.)"
    assert since(None, TODAY) == "depuis un jour inconnu"
    assert short_day(date(2025, 2, 1), TODAY) == "samedi 1er\xa0févr. 2025"


def test_the_header_says_what_one_wants_to_know_first():
    """Reference, title, applicant, state and since when, and the next date with where it comes from."""
    shown = page(case_header(case(), PROCEDURE, [deadline()], NOW, assignee="M. Agent · 05 00 00 00 01"))

    for said in ("79-2026-0001 · Friche du bourg", "Échiré (commune, département 79", "Reçue, depuis 19", "dans 3",
                 "10 jours ouvrés à compter", "M. Agent · 05 00 00 00 01"):  # fmt: skip
        assert said in shown


def test_the_deadline_that_comes_first_is_the_next_one():
    """Those that were met or stopped do not hide it."""
    later = deadline(key="b", label="Autre", due_on=date(2026, 12, 1), due_at=datetime(2026, 12, 1, 23, tzinfo=UTC))
    met = deadline(key="c", label="Accusé", status="met", due_on=date(2026, 11, 12), due_at=NOW - timedelta(days=9))

    assert "Échéance     Première réponse" in page(case_header(case(), PROCEDURE, [met, later, deadline()], NOW))
    stopped = deadline(status="stopped", due_on=None, due_at=None)
    assert "arrêtée : Première réponse" in page(case_header(case(), PROCEDURE, [stopped], NOW))


def test_a_deadline_is_late_from_the_first_instant_of_the_next_day():
    """At the last minute of the day nobody is late."""
    last_minute = datetime(2026, 11, 25, 23, 59, tzinfo=ZoneInfo("Europe/Paris"))

    assert "en retard" not in page(deadlines_table([deadline()], last_minute))
    assert "en retard de 1" in page(deadlines_table([deadline()], last_minute + timedelta(minutes=1)))


def test_facts_have_french_labels_and_values():
    """Choices, money, rates, days and people read as in a letter."""
    data = {
        "channel": "phone",
        "received_on": "2026-11-01",
        "works_design": False,
        "pending": {"asked_on": "2026-11-03"},
        "convention": {"amount_cents": 300001, "coverage_rate": "0.50"},
        "local_answer": {"provider": "caue79", "accepted_on": "2026-11-04"},
        "consultations": {"caue79": {"asked_on": "2026-11-03", "accepts": True}},
    }
    facts = dict(facts_of(case(data=data), PROCEDURE, names={"caue79": "CAUE des Deux-Sèvres"}))

    assert facts["Arrivée par"] == "téléphone"
    assert facts["Reçue le"] == "1er\xa0novembre 2026"
    assert facts["Porte sur de la maîtrise d'œuvre"] == "non"
    assert "montant : 3\u202f000,01\xa0€ ; taux de prise en charge : 50,0\xa0%" in facts.values()
    assert any("CAUE des Deux-Sèvres" in value for value in facts.values())
    assert facts["Prestataires sollicités"].startswith("CAUE des Deux-Sèvres : sollicité le")
    assert not any("pending" in label for label in facts)


@pytest.mark.parametrize("value", [None, "", 0, 12, "x", "2026-99-99", [], {}, [[{}]], {"a": {"b": [1]}}, True, 1.5])
@pytest.mark.parametrize(
    "name", ["received_on", "channel", "themes", "contact", "coverage", "consultations", "inconnu"]
)
def test_facts_of_any_shape_are_shown_without_harm(name, value):
    """An import or an older version may have left anything."""
    shown = page(facts_table(facts_of(case(data={name: value}), PROCEDURE)))

    assert max((len(line) for line in shown.splitlines()), default=0) <= 80


@pytest.mark.parametrize("attack", ATTACKS)
def test_nothing_in_a_case_acts_on_the_terminal(attack):
    """Escapes and hidden characters are shown as replaced, markup as it is written."""
    hostile = case(title=attack, reference=attack, data={"need": attack, attack: attack}, assignee=attack,
                   applicant=replace(case().applicant, name=attack, kind=attack))  # fmt: skip
    entry = Entry(case_id="c", seq=1, recorded_at=NOW, effective_on=TODAY, actor_id="a", actor_name=attack,
                  on_behalf_of=attack, action=attack, data={}, events=(StateEntered(attack, None),))  # fmt: skip
    view = ActionView(name=attack, label=attack, permitted=False, refusals=(Refusal("x", attack, (), attack),),
                      who_can=(attack,), fields=(), presumed=(attack,))  # fmt: skip
    shown = [
        page(case_header(hostile, PROCEDURE, [deadline(label=attack, derivation=attack)], NOW)),
        page(facts_table(facts_of(hostile, PROCEDURE))),
        page(deadlines_table([deadline(label=attack, derivation=attack)], NOW)),
        page(journal_table([entry], PROCEDURE)),
        page(messages_table([message(label=attack, name=attack, email=attack, status=attack)])),
        page(cases_table([(hostile, attack)])),
        page(explanation([view, replace(view, permitted=True)])),
    ]

    assert HIDDEN.isdisjoint("".join(shown))
    assert all("gras" not in each or "[bold]" in each for each in shown)
    assert max(len(line) for each in shown for line in each.splitlines()) <= 80


def test_nothing_is_said_in_words():
    """An empty table is a sentence."""
    assert page(deadlines_table([], NOW)) == "Aucune échéance.\n"
    assert page(messages_table([])) == "Aucun message.\n"
    assert page(journal_table([], PROCEDURE)) == "Aucune entrée.\n"
    assert page(explanation([])) == "Rien n'est possible maintenant.\n"


def test_plain_data_are_iso_and_in_utc():
    """A day is a day, an instant is in UTC, sets are in order."""
    plain = to_plain({"day": TODAY, "at": NOW, "names": frozenset({"b", "a"}), "case": case()})

    assert (plain["day"], plain["at"], plain["names"]) == ("2026-11-22", "2026-11-22T09:00:00+00:00", ["a", "b"])
    assert plain["case"]["department"] == "79"
