"""Deadlines against an oracle that walks day by day, and against dates that were worked out by hand."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from tests.unit.states.walks import walks
from tests.unit.states.world import RECEIVED, VILLAGE, World, found_in, opened, played

from appui.states.calendar import Calendar
from appui.states.case import Case, Step, day_of, effective
from appui.states.deadlines import (
    CANCELLED,
    LATE,
    MET,
    OPEN,
    STOPPED,
    changed_deadlines,
    deadlines_of,
    stops_of,
)
from appui.states.durations import parse_duration
from appui.states.effects import BUILT_IN
from appui.states.errors import InvalidData
from appui.states.events import Corrected, StateEntered
from appui.states.parsing import parse_procedure
from appui.states.procedure import ASIDE
from appui.states.reckoning import due_day

DAY = timedelta(days=1)
HOLIDAYS = {
    date(2026, 4, 6): "Lundi de Pâques",
    date(2026, 5, 1): "Fête du Travail",
    date(2026, 5, 8): "Victoire 1945",
    date(2026, 5, 14): "Ascension",
    date(2026, 7, 14): "Fête nationale",
}


def closure(day):
    """Return what closes a day of the Deux-Sèvres in spring 2026."""
    return HOLIDAYS.get(day) or ("week-end" if day.weekday() >= 5 else None)


FRENCH = Calendar(closure=closure)
MONDAY = date(2026, 3, 2)

STATES = {"a": "Commencée", "b": "Attendue", "c": "Signée", "x": "Close"}
CLOCKS = """
key = "clocks"
version = 1
label = "Horloges"
[[deadlines]]
key = "working"
label = "Ouvrés"
starts = "state:a"
after = "10 working days"
stops_in = ["b"]
met_by = ["state:c"]
[[deadlines]]
key = "calendar"
label = "Jours"
starts = "state:a"
after = "30 days"
stops_in = ["b"]
met_by = ["meet"]
[[deadlines]]
key = "first"
label = "Une fois"
starts = "state:a"
once = true
after = "5 working days"
met_by = ["state:b"]
[[deadlines]]
key = "months"
label = "Mois"
starts = "data:signed_on"
after = "2 months"
roll_over = false
met_by = ["state:c"]
[[deadlines]]
key = "answer"
label = "Réponse"
starts = "action:ask"
after = "3 weeks"
until = "data:answer_by"
met_by = ["meet", "close"]
[[deadlines]]
key = "rhythm"
label = "Réunion du mois"
starts = "data:signed_on"
after = "1 month"
repeats = true
met_by = ["meet"]
[[actions]]
name = "open"
label = "Ouvrir"
from = ["@new"]
to = "a"
roles = ["delegate"]
fields = [
  { name = "signed_on", type = "date", label = "Signée le" },
  { name = "answer_by", type = "date", label = "Réponse pour le" },
]
"""
for state, label in STATES.items():
    CLOCKS += f'[states.{state}]\nlabel = "{label}"\nfinal = {str(state == "x").lower()}\n'
    CLOCKS += f'public = {{ label = "{label}", sentence = "{label}." }}\n'
for action, source, target in (
    ("ask", "@open", "@same"),
    ("meet", "@open", "@same"),
    ("suspend", "@open", "@same"),
    ("resume", "@open", "@same"),
    ("to_a", "@open", "a"),
    ("to_b", "@open", "b"),
    ("to_c", "@open", "c"),
    ("close", "@open", "x"),
    ("reopen", "@final", "@before_end"),
):
    CLOCKS += f'[[actions]]\nname = "{action}"\nlabel = "{action}"\nfrom = ["{source}"]\n'
    CLOCKS += f'to = "{target}"\nroles = ["delegate"]\n'
CLOCKWORK = parse_procedure(CLOCKS, BUILT_IN, source="clocks")


def case_of(steps, **data):
    """Return a case with these steps and facts, and nothing else."""
    return Case(
        id="c", reference="r", procedure="clocks", procedure_version=1, state="a", version=1, applicant=VILLAGE,
        title="t", data=data, steps=tuple(steps), opened_at=datetime(2026, 1, 1, tzinfo=UTC),
        updated_at=datetime(2026, 1, 1, tzinfo=UTC),
    )  # fmt: skip


# The oracle: a film of the case, one picture a day, instead of intervals.


def stopped_at_end(rule, steps, final, day):
    """Return whether the clock stands still at the end of that day."""
    suspended = resting = False
    for step in steps:
        if (step.on or date.min) > day:
            break
        if step.action == "suspend":
            suspended = True
        if step.action == "resume":
            suspended = False
        if step.state is not None:
            resting = step.state in {*rule.stops_in, *final}
    return suspended or resting


def walked(text, start, stopped, is_working, *, until=None, roll_over=True, horizon=400):
    """Return the day on which a clock runs out, walking one day after another; None when it never does."""
    count, unit = int(text.split()[0]), text.split(" ", 1)[1]
    if unit.startswith("working") and until is None:
        left, day = count, start
        while left:
            day += DAY
            if not stopped(day) and is_working(day):
                left -= 1
            if (day - start).days > horizon:
                return None
        return day
    plain = max(until, start) if until else start + timedelta(days=count * (7 if "week" in unit else 1))
    if unit.startswith("month") and until is None:
        plain, months = start, 0
        while months < count:
            plain += DAY
            months += plain.day == 1
        last = max(day for day in (plain + DAY * more for more in range(31)) if day.month == plain.month)
        plain = min(plain + DAY * (start.day - 1), last)
    day = plain
    still = counted = 0
    while True:
        still += sum(stopped(start + DAY * more) for more in range(counted, (day - start).days + 1))
        counted = (day - start).days + 1
        if plain + DAY * still == day:
            break
        day = plain + DAY * still
        if (day - plain).days > horizon:
            return None
    while roll_over and (stopped(day) or not is_working(day)):
        day += DAY
        if (day - plain).days > horizon:
            return None
    return day


def lived(rule, steps, final, data):
    """Return (status, start, closed on) of a clock that is told what happens, one step after another."""
    kind, what = rule.starts.split(":")
    start = date.fromisoformat(data[what]) if kind == "data" and data.get(what) else None
    status, closed, ended = ("open" if start else None), None, False
    if kind == "data" and start is None:
        return None
    for step in steps:
        ends = step.state in final
        if status == "open" and (step.action in rule.met_by or f"state:{step.state}" in rule.met_by):
            status, closed, ended = "met", step.on, ends
            if rule.repeats and not ends and step.on is not None:
                status, closed, start = "open", None, step.on
        elif status == "open" and ends:
            status, closed, ended = "cancelled", step.on, True
        elif status == "open" and kind == "state" and step.state not in (None, what, *rule.stops_in):
            status, closed, ended = "cancelled", step.on, False
        elif ended and step.state is not None and not ends:
            status, closed, ended = "open", None, False
        if (
            status != "open"
            and not (rule.once and status)
            and what in (step.state if kind == "state" else step.action, None)
        ):
            status, closed, ended, start = ("open" if step.on else None), None, False, step.on
    return None if status is None else (status, start, closed)


def expected(rule, steps, final, data, calendar):
    """Return (status, due day) by walking, None when the clock never started."""
    life = lived(rule, steps, final, data)
    if life is None:
        return None
    status, start, closed = life
    until = data.get(rule.until.removeprefix("data:")) if rule.until else None
    granted = (data.get("extensions") or {}).get(rule.key)
    since = date.min
    if granted is not None and granted["started_on"] == start.isoformat():
        until, since = granted["until"], date.fromisoformat(granted["granted_on"])

    def stopped(day):
        return since <= day and (closed is None or day < closed) and stopped_at_end(rule, steps, final, day)

    due = walked(
        rule.after, start, stopped, calendar.is_working,
        until=date.fromisoformat(until) if until else None, roll_over=rule.roll_over,
    )  # fmt: skip
    return (status if due else "stopped"), due


def found(rule, deadlines):
    """Return (status, due day) as the code under test says."""
    deadline = deadlines.get(rule.key)
    return deadline and (deadline.status, deadline.due_on)


@st.composite
def histories(draw):
    """Draw the steps of a case that moves, is suspended, closed and reopened, sometimes several times a day."""
    day = draw(st.dates(date(2026, 3, 1), date(2026, 4, 20)))
    known = draw(st.integers(0, 9)) > 0
    steps, state, before_end, suspended = [Step(1, "open", day if known else None, "a")], "a", "a", False
    for seq in range(2, 2 + draw(st.integers(0, 10))):
        day += DAY * draw(st.sampled_from([0, 0, 1, 1, 2, 3, 5, 9, 14, 30]))
        if state == "x":
            choice = "reopen"
        else:
            choice = draw(
                st.sampled_from(["resume"] if suspended else ["to_a", "to_b", "to_c", "suspend", "ask", "meet"])
            )
            if draw(st.integers(0, 4)) == 0:
                choice = "close"
        entered = None
        if choice == "close":
            before_end, entered = state, "x"
        elif choice == "reopen":
            entered = before_end
        elif choice.startswith("to_") and choice[-1] != state:
            entered = choice[-1]
        suspended = {"suspend": True, "resume": False}.get(choice, suspended)
        state = entered or state
        steps.append(Step(seq, choice, day, entered))
    return steps


@settings(max_examples=400, deadline=None)
@given(
    steps=histories(),
    signed=st.dates(date(2026, 1, 1), date(2026, 5, 31)) | st.none(),
    by=st.dates(date(2026, 6, 1), date(2026, 9, 1)) | st.none(),
)
def test_every_clock_agrees_with_a_walk_through_its_days(steps, signed, by):
    """Suspensions, states that stop, closures and reopenings, in any order and several on one day."""
    data = {"signed_on": signed and signed.isoformat(), "answer_by": by and by.isoformat()}
    deadlines = deadlines_of(CLOCKWORK, case_of(steps, **data), FRENCH)

    for rule in CLOCKWORK.deadlines.values():
        assert found(rule, deadlines) == expected(rule, steps, CLOCKWORK.final_states, data, FRENCH), rule.key


@settings(max_examples=400, deadline=None)
@given(
    steps=histories(),
    key=st.sampled_from(["working", "calendar", "rhythm"]),
    granted=st.dates(date(2026, 3, 1), date(2026, 6, 30)),
    later=st.integers(0, 60),
    same_run=st.booleans(),
)
def test_an_extended_clock_runs_out_on_the_day_granted_stopped_days_after_the_grant_added(
    steps, key, granted, later, same_run
):
    """« Jusqu'au 20 avril » means that day, whatever had stopped the clock before; a later run is not extended."""
    rule, data = CLOCKWORK.deadlines[key], {"signed_on": "2026-03-02"}
    life = lived(rule, steps, CLOCKWORK.final_states, data)
    assume(life is not None and not stopped_at_end(rule, steps, CLOCKWORK.final_states, granted - DAY))
    start = life[1] if same_run else life[1] - DAY
    until = max(granted, life[1]) + DAY * later
    extension = {"until": until.isoformat(), "granted_on": granted.isoformat(), "started_on": start.isoformat()}
    data["extensions"] = {key: extension}
    deadlines = deadlines_of(CLOCKWORK, case_of(steps, **data), FRENCH)

    assert found(rule, deadlines) == expected(rule, steps, CLOCKWORK.final_states, data, FRENCH)


@settings(max_examples=200, deadline=None)
@given(steps=histories())
def test_stops_are_in_order_apart_and_only_the_last_one_lasts(steps):
    """What counts the stopped days relies on it."""
    stops = stops_of(CLOCKWORK.deadlines["working"], case_of(steps), CLOCKWORK.final_states)

    assert all(again is not None and first < again for first, again in stops[:-1])
    assert all(before[1] <= after[0] for before, after in pairwise(stops))


@st.composite
def stop_lists(draw):
    """Draw stops in order and apart, the last one perhaps lasting."""
    day, stops = date(2026, 3, 1), []
    for _ in range(draw(st.integers(0, 4))):
        day += DAY * draw(st.integers(1, 15))
        first = day
        day += DAY * draw(st.integers(1, 15))
        stops.append((first, day))
    if draw(st.booleans()) and draw(st.booleans()):
        stops.append((day + DAY * draw(st.integers(1, 20)), None))
    return stops


@settings(max_examples=400, deadline=None)
@given(
    text=st.sampled_from(
        ["1 day", "5 days", "30 days", "2 weeks", "1 month", "18 months", "1 working day", "10 working days"]
    ),
    start=st.dates(date(2026, 2, 20), date(2026, 4, 10)),
    stops=stop_lists(),
    roll_over=st.booleans(),
    until=st.none() | st.dates(date(2026, 4, 11), date(2026, 5, 20)),
)
@example(
    text="10 days", start=date(2026, 3, 4), stops=[(date(2026, 3, 15), date(2026, 3, 18))], roll_over=True, until=None
)
def test_due_days_agree_with_a_walk_through_the_days(text, start, stops, roll_over, until):
    """Working days skip stopped days; the others add them, then roll over to a working day."""

    def stopped(day):
        return any(first <= day and (again is None or day < again) for first, again in stops)

    due = due_day(parse_duration(text), start, stops, FRENCH, until=until, roll_over=roll_over)

    assert due == walked(text, start, stopped, FRENCH.is_working, until=until, roll_over=roll_over)


@settings(max_examples=120, deadline=None)
@given(world=walks())
def test_the_clocks_of_a_request_follow_from_its_journal_alone(world):
    """Corrected days, undone actions, suspensions: the journal as people read it gives every date."""
    steps = steps_told_by(world)
    deadlines = deadlines_of(world.procedure, world.case, world.blank.calendar)

    for key in ("first_answer", "completion", "signature"):
        rule = world.procedure.deadlines[key]
        data = {name: world.case.fact(name) for name in ("completion_request.due_on", "extensions")}
        assert found(rule, deadlines) == expected(rule, steps, world.procedure.final_states, data, Calendar()), key


def reckoned_in_full(procedure, before, after, calendar):
    """Return the changed deadlines, every one of both cases worked out."""
    was, will = deadlines_of(procedure, before, calendar), deadlines_of(procedure, after, calendar)
    moved = [deadline for key, deadline in will.items() if was.get(key) != deadline]
    return moved + [
        replace(deadline, status=CANCELLED, next_at=None) for key, deadline in was.items() if key not in will
    ]


@settings(max_examples=120, deadline=None)
@given(world=walks())
def test_what_an_entry_changes_of_the_deadlines_is_what_a_full_reckoning_finds(world):
    """Nothing that moved is missed, nothing that stayed is told: corrections and undoings included."""
    for before, after in pairwise(world.past):
        expected = reckoned_in_full(world.procedure, before, after, world.blank.calendar)

        assert changed_deadlines(world.procedure, before, after, world.blank.calendar) == expected


@settings(max_examples=300, deadline=None)
@given(histories=st.tuples(histories(), histories()), signed=st.lists(st.dates(MONDAY, date(2026, 5, 1)), max_size=2))
def test_the_deadlines_of_any_two_cases_differ_as_a_full_reckoning_says(histories, signed):
    """Whatever lies between them: another past, other facts, fewer steps."""
    data = [{"signed_on": day.isoformat()} for day in signed] + [{}, {}]
    before, after = (case_of(steps, **facts) for steps, facts in zip(histories, data, strict=False))

    assert changed_deadlines(CLOCKWORK, before, after, FRENCH) == reckoned_in_full(CLOCKWORK, before, after, FRENCH)


def steps_told_by(world):
    """Return the steps that a reader takes from the journal, corrections and undoings applied."""
    moved: dict[int, date] = {}
    steps = []
    for entry in effective(world.journal):
        for event in entry.events:
            if isinstance(event, Corrected) and event.step is not None:
                moved[event.step] = date.fromisoformat(entry.data["value"])
        entered = [event for event in entry.events if isinstance(event, StateEntered)]
        if entered or entry.action not in ASIDE:
            on = day_of(entered[0].on) if entry.action == "import" else entry.effective_on
            steps.append(Step(entry.seq, entry.action, on, entered[0].state if entered else None))
    return [replace(step, on=moved.get(step.seq, step.on)) for step in steps]


BY_HAND = [
    # duration, start, stops, due
    ("18 months", date(2021, 8, 31), [], date(2023, 2, 28)),
    ("18 months", date(2022, 8, 31), [], date(2024, 2, 29)),
    ("1 year", date(2024, 2, 29), [], date(2025, 2, 28)),
    ("4 years", date(2024, 2, 29), [], date(2028, 2, 29)),
    ("1 month", date(2024, 1, 30), [], date(2024, 2, 29)),
    ("12 months", date(2023, 2, 28), [], date(2024, 2, 28)),
    # Thursday 2 April 2026; closed: 4-6 (Easter), week-ends: the tenth working day is Friday 17
    ("10 working days", date(2026, 4, 2), [], date(2026, 4, 17)),
    # Monday 27 April: 28, 29, 30, (1 May), 4, 5, 6, 7, (8 May), 11, 12, 13
    ("10 working days", date(2026, 4, 27), [], date(2026, 5, 13)),
    # a start on a Saturday counts from the Monday on
    ("1 working day", date(2026, 3, 7), [], date(2026, 3, 9)),
    # suspended on day 0, resumed on day 1: working days lose nothing, the others gain that day
    ("10 working days", MONDAY, [(MONDAY, MONDAY + DAY)], date(2026, 3, 16)),
    ("10 days", MONDAY, [(MONDAY, MONDAY + DAY)], date(2026, 3, 13)),
    # suspended on the due day: it does not count, the clock needs one more
    ("10 working days", MONDAY, [(date(2026, 3, 16), date(2026, 3, 18))], date(2026, 3, 18)),
    ("10 days", MONDAY, [(date(2026, 3, 12), date(2026, 3, 16))], date(2026, 3, 16)),
    # suspended the day after: too late to matter
    ("10 working days", MONDAY, [(date(2026, 3, 17), date(2026, 3, 30))], date(2026, 3, 16)),
    ("10 days", MONDAY, [(date(2026, 3, 13), date(2026, 3, 30))], date(2026, 3, 12)),
    # out on Saturday 14, so due on Monday 16, suspended on Sunday: due when it runs again
    ("12 days", MONDAY, [(date(2026, 3, 15), date(2026, 3, 18))], date(2026, 3, 18)),
    # a stop that lasts
    ("10 working days", MONDAY, [(date(2026, 3, 16), None)], None),
    ("10 working days", MONDAY, [(date(2026, 3, 17), None)], date(2026, 3, 16)),
]


@pytest.mark.parametrize(("text", "start", "stops", "due"), BY_HAND)
def test_dates_that_were_worked_out_by_hand(text, start, stops, due):
    """Every hard date of the domain, on paper first."""
    roll_over = text.endswith(("months", "month", "years", "year"))

    assert due_day(parse_duration(text), start, stops, FRENCH, roll_over=not roll_over) == due


def test_a_date_that_falls_on_a_closed_day_rolls_over():
    """30 days from Wednesday 1 April is Friday 1 May: the Monday after."""
    after = parse_duration("30 days")

    assert due_day(after, date(2026, 4, 1), [], FRENCH) == date(2026, 5, 4)
    assert due_day(after, date(2026, 4, 1), [], FRENCH, roll_over=False) == date(2026, 5, 1)


def first_answer(world):
    """Return the deadline of the first answer as it stands."""
    return deadlines_of(world.procedure, world.case, FRENCH)["first_answer"].at(world.now)


def test_a_deadline_is_late_from_the_first_instant_of_the_next_local_day():
    """Received on Monday 2 March, due on the 16th until midnight in Paris."""
    deadline = first_answer(opened())

    assert (deadline.due_on, deadline.due_at) == (date(2026, 3, 16), datetime(2026, 3, 16, 23, tzinfo=UTC))
    assert deadline.at(datetime(2026, 3, 16, 22, 59, 59, tzinfo=UTC)).status == OPEN
    assert deadline.at(datetime(2026, 3, 16, 23, tzinfo=UTC)).status == LATE


def test_a_suspended_clock_has_no_due_day_and_says_since_when():
    """Nobody is late while the request rests."""
    world = played(2024, "suspend")
    deadline = first_answer(world)

    assert (deadline.status, deadline.due_on, deadline.due_at) == (STOPPED, None, None)
    assert deadline.derivation.endswith("délai arrêté depuis le 3\u00a0mars 2026")


def test_a_resumed_clock_gains_the_days_that_it_stood_still():
    """Suspended on Tuesday 3, resumed on Tuesday 10: five working days later."""
    world = played(2024, "suspend")
    world.act("resume", days=7)
    deadline = first_answer(world)

    assert (deadline.status, deadline.due_on) == (OPEN, date(2026, 3, 23))
    assert deadline.derivation == "10 jours ouvrés à compter du 2\u00a0mars 2026, arrêté pendant 7\u00a0jours"


def test_a_clock_that_is_late_stays_late_when_suspended():
    """A suspension forgives nothing that is already due."""
    world = opened()
    world.act("suspend", days=15)
    deadline = first_answer(world)

    assert (deadline.status, deadline.due_on) == (LATE, date(2026, 3, 16))


def test_a_suspension_on_the_due_day_itself_stops_the_clock():
    """The day was not over."""
    world = opened()
    world.act("suspend", days=14)
    stopped = first_answer(world)
    world.act("resume", days=2)

    assert (stopped.status, first_answer(world).due_on) == (STOPPED, date(2026, 3, 18))


def test_suspending_and_resuming_on_one_day_changes_nothing():
    """The clock was running when that day ended."""
    world = opened()
    world.act("suspend", days=3)
    world.act("resume", days=0)

    assert first_answer(world).due_on == date(2026, 3, 16)


def test_closing_cancels_and_reopening_resumes_without_the_closed_days():
    """Closed on Wednesday 4, reopened on Wednesday 11: a week more."""
    world = opened()
    world.act("drop", days=2)
    closed = first_answer(world)
    world.act("reopen", days=7)

    assert (closed.status, closed.closed_on) == (CANCELLED, date(2026, 3, 4))
    assert (first_answer(world).status, first_answer(world).due_on) == (OPEN, date(2026, 3, 23))


def test_what_was_met_stays_met_after_the_end_and_the_reopening():
    """An answer that was given is not asked for again."""
    world = played(2024, "start_scoping", "drop", "reopen")

    assert (first_answer(world).status, first_answer(world).closed_on) == (MET, date(2026, 3, 3))


def test_the_clock_of_the_answer_stops_while_the_applicant_completes():
    """From Tuesday 3 to Tuesday 10 March the request waits for the commune."""
    world = played(2024, "ask_completion")
    stopped = first_answer(world)
    world.act("provide_completion", days=7)

    assert (stopped.status, first_answer(world).due_on) == (STOPPED, date(2026, 3, 23))


def test_an_explicit_day_replaces_the_delay():
    """The letter says « avant le 20 mars »."""
    world = opened()
    world.act("ask_completion", {"items": ["Plan"], "due_on": "2026-03-20"})
    completion = deadlines_of(world.procedure, world.case, FRENCH)["completion"]

    assert completion.due_on == date(2026, 3, 20)
    assert completion.derivation == "date fixée au 20\u00a0mars 2026"


def test_a_correction_of_the_reception_moves_the_first_answer():
    """The letter had arrived on Friday 27 February."""
    world = played(2024, "comment")
    world.act("correct", {"what": "received_on", "value": "2026-02-27", "reason": "Tampon"})

    assert first_answer(world).due_on == date(2026, 3, 13)


def test_a_correction_of_a_suspension_moves_what_it_stopped():
    """It was suspended since the 4th, not the 3rd: one day less is given back."""
    world = opened()
    world.act("suspend")
    world.act("resume", days=7)
    world.act("correct", {"what": "2.happened_on", "value": "2026-03-04", "reason": "Mal noté"}, days=0)

    assert first_answer(world).due_on == date(2026, 3, 20)


def test_an_undone_answer_lets_the_clock_run_again():
    """As if nothing had been recorded."""
    world = played(2024, "start_scoping", "undo")

    assert first_answer(world).status == OPEN


def test_an_import_starts_no_clock():
    """Nobody knows since when it is there, even when its reception is bounded."""
    for state in ("received", "incomplete", "convention_signing"):
        assert found_in(state, data={"received_before": "2026-01-05"}).decision.deadlines == ()


def test_an_import_that_is_just_received_counts_from_its_reception():
    """A day that is known exactly starts the clock."""
    world = found_in("received", data={"received_on": "2026-03-02"})

    assert first_answer(world).due_on == date(2026, 3, 16)


def test_a_reception_learnt_later_starts_no_clock_of_a_later_state():
    """The case was found waiting for its completion: since when is still unknown."""
    world = found_in("incomplete")
    world.act("correct", {"what": "received_on", "value": "2026-02-02", "reason": "Retrouvé"})

    assert "completion" not in deadlines_of(world.procedure, world.case, FRENCH)
    assert world.case.received_on == date(2026, 2, 2)


def test_the_derivation_names_what_moved_the_date():
    """The officer can explain the date on the telephone."""
    world = World(opened().procedure, now=datetime(2026, 4, 27, 9, tzinfo=UTC), calendar=FRENCH).open(contact={})
    world.act("ask_completion", days=4)
    told = deadlines_of(world.procedure, world.case, FRENCH)

    assert told["completion"].derivation == (
        "30 jours à compter du 1er\u00a0mai 2026, reporté au lundi 1er\u00a0juin 2026 (week-end 31\u00a0mai 2026)"
    )
    assert told["acknowledgement"].derivation == "5 jours ouvrés à compter du 27\u00a0avril 2026, hors Fête du Travail"


def test_the_providers_clock_follows_the_one_who_runs_out_first():
    """Once it has answered, the next one counts; once all have, it is met."""
    world = played(2024, "start_scoping", "consult_providers")
    world.act("consult_providers", {"providers": ["id79"]}, days=5)
    rows = [deadlines_of(world.procedure, world.case, FRENCH)["provider_answer"]]
    for provider in ("caue", "id79"):
        world.act("record_answer", {"provider": provider, "accepts": False})
        rows.append(deadlines_of(world.procedure, world.case, FRENCH)["provider_answer"])

    assert [(row.status, row.started_on) for row in rows] == [
        (OPEN, date(2026, 3, 4)),
        (OPEN, date(2026, 3, 9)),
        (MET, date(2026, 3, 9)),
    ]


def test_both_regimes_start_their_clock_on_the_day_of_reception():
    """Registered later, it still counts from then."""
    for regime, day in RECEIVED.items():
        assert first_answer(opened(regime)).started_on == day


def test_a_deadline_is_extended_to_a_later_day_with_who_decided_and_when():
    """The council is on holiday: the first answer may come by the 20th, and the page says since which decision."""
    world = opened()
    world.act("extend_deadline", {"deadline": "first_answer", "until": "2026-04-20", "reason": "Congés"})
    deadline = deadlines_of(world.procedure, world.case, world.blank.calendar)["first_answer"]

    assert (deadline.status, deadline.due_on) == (OPEN, date(2026, 4, 20))
    assert deadline.derivation == "prolongée jusqu'au 20\u00a0avril 2026 (décision du 3\u00a0mars 2026)"


@pytest.mark.parametrize(
    ("data", "path"),
    [
        ({"deadline": "first_answer", "until": "2026-03-16"}, "until"),
        ({"deadline": "first_answer", "until": "2020-01-01"}, "until"),
        ({"deadline": "signature", "until": "2026-12-31"}, "deadline"),
        ({"deadline": "nothing", "until": "2026-12-31"}, "deadline"),
    ],
)
def test_what_does_not_run_or_would_end_sooner_is_not_extended(data, path):
    """A deadline is never brought forward by an extension, and what does not run has nothing to extend."""
    world = opened()

    with pytest.raises(InvalidData) as refused:
        world.act("extend_deadline", {**data, "reason": "Congés"})

    assert [each for each, _ in refused.value.errors] == [path]


def test_a_suspended_clock_is_not_extended_before_it_runs_again():
    """Its day is not known: it follows from the day on which it is resumed."""
    world = opened()
    world.act("suspend")

    assert "suspended" in world.refusals("extend_deadline")
