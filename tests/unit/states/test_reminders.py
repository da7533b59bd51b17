"""Reminders against an oracle that walks hour by hour, and against days that were worked out by hand."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.unit.states.test_deadlines import CLOCKS, DAY, FRENCH, case_of
from tests.unit.states.walks import walks

from appui.states.actor import Actor
from appui.states.calendar import Calendar
from appui.states.case import Step, fold
from appui.states.deadlines import OPEN, deadlines_of
from appui.states.effects import BUILT_IN
from appui.states.events import DeadlinePassed, Reminded
from appui.states.functions import Situation
from appui.states.parsing import parse_procedure
from appui.states.reminders import dues_of, seen_to

HOUR = timedelta(hours=1)
REMIND = """remind = [
  { at = "start" }, { at = "start + 4 days" }, { at = "end - 2 working days" }, { at = "end - 1 day" }, { at = "end" },
  { at = "end + 3 working days" }, { every = "1 week", while = "late" }, { every = "1 month", while = "late" },
]
notice = "due"
escalate = { after = "5 days", notice = "late" }
"""
KEY = "calendar"
"""The one clock here, which reminds: 30 days from entering the state « a », a closed day rolled over."""
READ = parse_procedure(CLOCKS.replace('met_by = ["meet"]\n', f'met_by = ["meet"]\n{REMIND}'), BUILT_IN, source="c")
CLOCKWORK = replace(READ, deadlines={KEY: READ.deadlines[KEY]})


def situation(case, now, *, calendar=FRENCH, procedure=CLOCKWORK):
    """Return what the tick looks at."""
    return Situation(
        procedure=procedure, case=case, actor=Actor.system(), roles=frozenset(), now=now, calendar=calendar
    )


def ticked(case, now, **more):
    """Return the case after a tick at that instant, and what it saw to."""
    now_here = situation(case, now, **more)
    dues = dues_of(now_here)
    return (seen_to(now_here, dues).case if dues else case), dues


def begun(on, *steps):
    """Return a case whose clock began that day, with the steps that followed."""
    return case_of([Step(1, "open", on, "a"), *steps])


def deadline_in(case, calendar=FRENCH):
    """Return the deadline as it stands."""
    return deadlines_of(CLOCKWORK, case, calendar)[KEY]


# The oracle: which days the rules name, then one picture an hour.


def days_named(start, due, until):
    """Return the days that the rules of `REMIND` name, in the order of a walk."""
    working, day = FRENCH.is_working, start
    while day <= until:
        left = sum(working(day + DAY * more) for more in range(1, max(0, (due - day).days) + 1))
        gone = sum(working(due + DAY * more) for more in range(1, max(0, (day - due).days) + 1))
        late = (day - due).days
        if (
            day in (start, start + 4 * DAY, due - DAY, due, due + DAY, due + 5 * DAY)
            or (day < due and working(day) and left == 2)
            or (day > due and working(day) and gone == 3)
            or (late > 0 and late % 7 == 0)
            or (late > 0 and is_months_after(due, day))
        ):
            yield day
        day += DAY


def is_months_after(due, day):
    """Return whether that day has the number of the day due, or ends a month that has no such number."""
    return day.day == due.day or ((day + DAY).month != day.month and day.day < due.day)


def expected_moments(start, due, until):
    """Return the instants at which people are reminded, by eight o'clock of a day that the services work."""
    found = set()
    for named in days_named(start, due, until.date()):
        day = named
        while not FRENCH.is_working(day):
            day += DAY
        if named <= due < day:
            day = named
            while not FRENCH.is_working(day):
                day -= DAY
        found.add(datetime.combine(day, time(8), FRENCH.zone).astimezone(UTC))
    return sorted(each for each in found if FRENCH.local_day(each) >= start and each <= until)


starts = st.dates(date(2026, 3, 2), date(2026, 4, 30))
instants = st.integers(0, 100 * 24 * 4).map(lambda quarters: timedelta(minutes=15 * quarters))


@settings(max_examples=8, deadline=None)
@given(start=starts)
@example(start=date(2026, 3, 6))
def test_ticking_every_hour_reminds_at_the_moments_that_the_rules_name(start):
    """Before, at and after the end; the passing is recorded once, in the first hour of the day after."""
    case = begun(start)
    due = deadline_in(case).due_on
    now = datetime.combine(start, time(), FRENCH.zone).astimezone(UTC)
    moments, passings = [], []
    for _ in range(70 * 24):
        case, dues = ticked(case, now)
        moments += [each.at for each in dues if each.at]
        passings += [now for each in dues if each.passed]
        assert all(each.missed == 0 for each in dues)
        now += HOUR

    assert moments == expected_moments(start, due, now - HOUR)
    assert passings == [FRENCH.end_of(due)]


@settings(max_examples=60, deadline=None)
@given(start=starts)
def test_looking_when_the_deadline_says_so_is_looking_often_enough(start):
    """`next_at` is the next instant at which something is due: nothing before it, something at it."""
    case = begun(start)
    due = deadline_in(case).due_on
    seen = []
    for _ in range(14):
        next_at = deadline_in(case).next_at
        assert not dues_of(situation(case, next_at - timedelta.resolution))
        case, dues = ticked(case, next_at)
        seen += [each.at for each in dues if each.at]
        assert dues
        assert deadline_in(case).next_at > next_at

    assert seen == expected_moments(start, due, seen[-1])


@settings(max_examples=150, deadline=None)
@given(start=starts, looks=st.lists(instants, min_size=1, max_size=8))
def test_after_any_downtime_each_moment_counts_once(start, looks):
    """Zero seconds or thirty days: one reminder stands for all that were missed, and says how many."""
    case = begun(start)
    due = deadline_in(case).due_on
    begin = FRENCH.opening_of(start) - 8 * HOUR
    counted, passings = 0, 0
    for now in sorted(begin + each for each in looks):
        case, dues = ticked(case, now)
        assert len(dues) <= 1
        counted += sum(1 + each.missed for each in dues if each.at)
        passings += sum(each.passed for each in dues)

    assert counted == len(expected_moments(start, due, now))
    assert passings == (now >= FRENCH.end_of(due))


@settings(max_examples=150, deadline=None)
@given(start=starts, looks=st.lists(instants, min_size=1, max_size=8), back=st.sampled_from([1, 24]))
def test_a_clock_that_is_set_back_repeats_nothing(start, looks, back):
    """An hour or a day: what was seen to stays so."""
    case = begun(start)
    begin = FRENCH.opening_of(start) - 8 * HOUR
    for now in sorted(begin + each for each in looks):
        case, _ = ticked(case, now)

        assert not dues_of(situation(case, now))
        assert not dues_of(situation(case, now - back * HOUR))


@settings(max_examples=60, deadline=None)
@given(world=walks(), days=st.lists(st.integers(0, 40), min_size=1, max_size=6))
def test_whatever_happened_to_a_request_its_clocks_end_by_having_nothing_to_say(world, days):
    """Once seen to, nothing is due at the same instant; the state stays; the journal alone tells it all again."""
    case, journal = world.case, list(world.journal)
    for more in days:
        now = world.now + DAY * more
        here = situation(case, now, calendar=world.blank.calendar, procedure=world.procedure)
        dues = dues_of(here)
        known = deadlines_of(world.procedure, case, world.blank.calendar).values()
        assert bool(dues) == any(each.next_at is not None and each.next_at <= now for each in known)
        if not dues:
            continue
        decision = seen_to(here, dues)
        journal.append(decision.entry)
        assert (decision.case.state, decision.case.steps) == (case.state, case.steps)
        assert decision.case.version == case.version + 1
        case = decision.case

        assert not dues_of(replace(here, case=case))

    assert fold(journal) == case


def test_a_passing_is_an_event_and_the_state_stays():
    """The journal says that the day went by, and when people were reminded."""
    case = begun(date(2026, 3, 2))
    now = FRENCH.end_of(date(2026, 4, 1))
    here = situation(case, now)
    decision = seen_to(here, dues_of(here))

    assert decision.entry.action == "deadline_passed"
    assert decision.entry.actor_id == "system"
    assert decision.entry.events == (
        DeadlinePassed(KEY, "2026-03-02", "2026-04-01"),
        Reminded(KEY, "2026-04-01T06:00:00+00:00", 4),
    )
    assert [(each.key, each.next_at) for each in decision.deadlines] == [(KEY, datetime(2026, 4, 2, 6, tzinfo=UTC))]


def test_a_month_of_downtime_ends_in_one_reminder_that_says_how_many_it_stands_for():
    """The ones before the end make no sense any more: people hear that it is late, by the strongest notice first."""
    case = begun(date(2026, 3, 2))
    _, [due] = ticked(case, datetime(2026, 5, 2, 20, tzinfo=UTC))

    assert (due.due_on, due.late, due.passed) == (date(2026, 4, 1), True, True)
    assert due.at == datetime(2026, 4, 29, 6, tzinfo=UTC)
    assert due.missed == len(expected_moments(date(2026, 3, 2), date(2026, 4, 1), due.at)) - 1
    assert due.notices == ("late", "due")


@pytest.mark.parametrize(
    ("day", "hour", "told"), [(1, 6, ("due",)), (2, 6, ("due",)), (7, 5, ("due",)), (7, 6, ("late", "due"))]
)
def test_a_deadline_escalates_once_it_has_been_late_for_long_enough(day, hour, told):
    """Five days after the end, a closed day rolled over: Easter Monday is 6 April."""
    _, [due] = ticked(begun(date(2026, 3, 2)), datetime(2026, 4, day, hour, tzinfo=UTC))

    assert due.notices == told


def test_nobody_is_reminded_while_a_case_is_suspended_nor_of_what_the_suspension_covered():
    """A late deadline is told again from the first moment after the case goes on."""
    late = begun(date(2026, 3, 2))
    late, _ = ticked(late, datetime(2026, 4, 3, 12, tzinfo=UTC))
    resting = replace(late, steps=(*late.steps, Step(2, "suspend", date(2026, 4, 4), None)))
    again = replace(resting, steps=(*resting.steps, Step(3, "resume", date(2026, 4, 10), None)))

    assert deadline_in(resting).next_at is None
    assert not dues_of(situation(resting, datetime(2026, 6, 1, tzinfo=UTC)))
    assert not dues_of(situation(again, datetime(2026, 4, 10, 12, tzinfo=UTC)))
    assert deadline_in(again).next_at == datetime(2026, 4, 15, 6, tzinfo=UTC)


def test_a_passing_before_a_suspension_is_recorded_even_during_it():
    """The program was stopped when it passed, and the case is suspended since: it did pass."""
    case = begun(date(2026, 3, 2), Step(2, "suspend", date(2026, 4, 10), None))
    _, [due] = ticked(case, datetime(2026, 4, 12, tzinfo=UTC))

    assert (due.passed, due.at, due.notices) == (True, None, ())


def test_a_deadline_that_moves_on_is_told_of_again():
    """Eleven days of suspension after the first reminders: the new end has reminders, and a passing, of its own."""
    case = begun(date(2026, 3, 2))
    case, _ = ticked(case, datetime(2026, 3, 30, 12, tzinfo=UTC))
    steps = (Step(2, "suspend", date(2026, 3, 31), None), Step(3, "resume", date(2026, 4, 11), None))
    moved = replace(case, steps=(*case.steps, *steps))

    assert deadline_in(moved).due_on == date(2026, 4, 13)
    assert deadline_in(moved).next_at == datetime(2026, 4, 13, 6, tzinfo=UTC)


def test_a_passing_is_recorded_again_when_the_case_comes_back_and_only_then():
    """One passing for each run: the second visit has its own."""
    case = begun(date(2026, 3, 2))
    case, _ = ticked(case, datetime(2026, 4, 3, 12, tzinfo=UTC))
    steps = (Step(2, "to_c", date(2026, 4, 3), "c"), Step(3, "to_a", date(2026, 4, 7), "a"))
    back = replace(case, steps=(*case.steps, *steps))
    _, [due] = ticked(back, FRENCH.end_of(date(2026, 5, 7)))

    assert (due.passed, due.started_on, due.due_on) == (True, date(2026, 4, 7), date(2026, 5, 7))


@pytest.mark.parametrize(
    ("zone", "day", "instant"),
    [
        ("Europe/Paris", date(2026, 3, 30), datetime(2026, 3, 30, 6, tzinfo=UTC)),
        ("Europe/Paris", date(2026, 10, 26), datetime(2026, 10, 26, 7, tzinfo=UTC)),
        ("Europe/Paris", date(2028, 2, 29), datetime(2028, 2, 29, 7, tzinfo=UTC)),
        ("Indian/Reunion", date(2026, 3, 30), datetime(2026, 3, 30, 4, tzinfo=UTC)),
        ("Pacific/Tahiti", date(2026, 3, 30), datetime(2026, 3, 30, 18, tzinfo=UTC)),
        ("America/Miquelon", date(2026, 3, 9), datetime(2026, 3, 9, 10, tzinfo=UTC)),
    ],
)
def test_people_are_written_to_at_eight_where_they_live(zone, day, instant):
    """On the days after both nights when the time changes, on 29 February, and overseas."""
    calendar = Calendar(zone=ZoneInfo(zone))
    case = begun(day - 30 * DAY)
    due = deadline_in(case, calendar)
    before = instant - timedelta.resolution
    case, _ = ticked(case, before, calendar=calendar)

    assert due.due_on == day
    assert deadline_in(case, calendar).next_at == instant


def test_a_deadline_of_29_february_comes_round_at_the_end_of_shorter_months():
    """Month after month from the day due itself: the 29th, and the last day of February."""
    case = begun(date(2028, 1, 30))
    moments = []
    case, _ = ticked(case, datetime(2028, 3, 20, tzinfo=UTC))
    for _ in range(80):
        case, dues = ticked(case, deadline_in(case).next_at)
        moments += [FRENCH.local_day(each.at) for each in dues]

    assert deadline_in(case).due_on == date(2028, 2, 29)
    assert date(2028, 3, 29) in moments
    assert date(2029, 2, 28) in moments


def test_a_met_deadline_is_never_looked_at_again():
    """« Relance le lendemain de la réponse » is what people complain of."""
    case = begun(date(2026, 3, 2), Step(2, "meet", date(2026, 3, 20), None))

    assert deadline_in(case).status != OPEN
    assert deadline_in(case).next_at is None
    assert not dues_of(situation(case, datetime(2027, 1, 1, tzinfo=UTC)))


def test_years_of_lateness_are_not_walked_through():
    """A case of another century is told of once, at the latest week."""
    case = begun(date(1996, 3, 4))
    case, [due] = ticked(case, datetime(2026, 5, 2, 20, tzinfo=UTC))

    assert due.missed > 1500
    assert deadline_in(case).next_at > datetime(2026, 5, 2, tzinfo=UTC)
