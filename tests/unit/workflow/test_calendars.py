"""Each département has its own closed days and its own nights."""

import pickle
from datetime import UTC, date, datetime, timedelta

import pytest

from appui.states.errors import InvalidData
from appui.workflow.calendars import SUBDIVISIONS, ZONES, calendar_of, zone_of
from appui.workflow.territories import register

OWN_DAYS = {
    "57": (date(2028, 12, 26), "Saint-Étienne"),
    "67": (date(2026, 4, 3), "Vendredi saint"),
    "68": (date(2026, 4, 3), "Vendredi saint"),
    "971": (date(2026, 5, 27), "Abolition de l'esclavage"),
    "972": (date(2026, 5, 22), "Abolition de l'esclavage"),
    "973": (date(2026, 6, 10), "Abolition de l'esclavage"),
    "976": (date(2026, 4, 27), "Abolition de l'esclavage"),
    "977": (date(2026, 10, 9), "Abolition de l'esclavage"),
    "978": (date(2026, 5, 28), "Abolition de l'esclavage"),
    "986": (date(2026, 4, 28), "Saint Pierre Chanel"),
    "987": (date(2026, 3, 5), "Arrivée de l'Évangile"),
    "988": (date(2026, 9, 24), "Fête de la Citoyenneté"),
}


@pytest.mark.parametrize("department", sorted(OWN_DAYS))
def test_a_local_holiday_closes_its_departement_and_not_the_deux_sevres(department):
    """What closes Strasbourg or Nouméa does not move a deadline in Niort."""
    day, name = OWN_DAYS[department]

    assert calendar_of(department).closure(day) == name
    assert calendar_of("79").closure(day) is None


def test_the_abolition_of_slavery_closes_la_reunion():
    """The 20 December 2027 is a Monday."""
    assert calendar_of("974").closure(date(2027, 12, 20)) == "Abolition de l'esclavage"
    assert calendar_of("79").is_working(date(2027, 12, 20))


@pytest.mark.parametrize("department", ["57", "67", "68"])
def test_good_friday_and_saint_stephens_day_close_alsace_and_moselle_alone(department):
    """Local law closes both days there, and in no neighbouring département."""
    local, next_door = calendar_of(department), calendar_of("54")

    assert [local.closure(date(2026, 4, 3)), local.closure(date(2028, 12, 26))] == ["Vendredi saint", "Saint-Étienne"]
    assert next_door.is_working(date(2026, 4, 3))
    assert next_door.is_working(date(2028, 12, 26))


@pytest.mark.parametrize(
    ("day", "closed_by"),
    [
        (date(2026, 1, 1), "Jour de l'an"),
        (date(2026, 4, 6), "Lundi de Pâques"),
        (date(2026, 5, 1), "Fête du Travail"),
        (date(2026, 5, 14), "Ascension"),
        (date(2026, 7, 14), "Fête nationale"),
        (date(2026, 11, 11), "Armistice"),
        (date(2026, 12, 25), "Noël"),
        (date(2008, 5, 1), "Ascension et Fête du Travail"),
        (date(2026, 8, 15), "samedi"),
        (date(2026, 11, 1), "dimanche"),
        (date(2026, 5, 15), None),
        (date(9999, 12, 31), None),
    ],
)
def test_a_closed_day_says_in_french_what_closes_it(day, closed_by):
    """The derivation of a deadline names the days that did not count."""
    assert calendar_of("79").closure(day) == closed_by


def test_the_service_can_declare_days_closed():
    """A bridge day counts as closed once it is configured, and only then."""
    bridge = date(2026, 5, 15)

    assert calendar_of("79", {bridge: "pont de l'Ascension"}).closure(bridge) == "pont de l'Ascension"
    assert calendar_of("79").closure(bridge) is None


def test_a_holiday_keeps_its_name_when_the_service_declares_it_too():
    """The law's name is the one that people know."""
    labour_day = date(2026, 5, 1)

    assert calendar_of("79", {labour_day: "fermeture"}).closure(labour_day) == "Fête du Travail"


def test_asking_again_gives_the_same_calendar():
    """Calendars are asked for at each action: they are built once."""
    assert calendar_of("79", {date(2026, 5, 15): "pont"}) is calendar_of("79", {date(2026, 5, 15): "pont"})


def test_a_calendar_can_be_sent_to_another_process():
    """Reports are made in worker processes."""
    calendar = calendar_of("67")

    assert pickle.loads(pickle.dumps(calendar)) == calendar  # noqa: S301 (what was pickled in the line itself)


@pytest.mark.parametrize(
    ("day", "end"),
    [
        (date(2026, 3, 28), datetime(2026, 3, 28, 23, tzinfo=UTC)),
        (date(2026, 3, 29), datetime(2026, 3, 29, 22, tzinfo=UTC)),
        (date(2026, 10, 24), datetime(2026, 10, 24, 22, tzinfo=UTC)),
        (date(2026, 10, 25), datetime(2026, 10, 25, 23, tzinfo=UTC)),
    ],
)
def test_days_end_at_local_midnight_around_both_changes_of_hour(day, end):
    """A deadline ends with the local day, which lasts 23 hours in March and 25 in October."""
    assert calendar_of("79").end_of(day) == end


@pytest.mark.parametrize(("day", "hours"), [(date(2026, 3, 8), 23), (date(2026, 11, 1), 25), (date(2026, 3, 29), 24)])
def test_saint_pierre_et_miquelon_changes_its_hour_on_other_nights(day, hours):
    """The archipelago follows North America."""
    calendar = calendar_of("975")

    assert calendar.end_of(day) - calendar.end_of(day - timedelta(days=1)) == timedelta(hours=hours)


@pytest.mark.parametrize(
    ("department", "local"),
    [("79", 1), ("971", 31), ("973", 31), ("974", 1), ("976", 1), ("986", 1), ("987", 31), ("988", 1), ("984", 1)],
)
def test_the_same_instant_falls_on_each_departements_own_day(department, local):
    """New Year's Eve at 23:00 UTC is still the 31st in Papeete and already the 1st in Nouméa."""
    instant = datetime(2025, 12, 31, 23, tzinfo=UTC)

    assert calendar_of(department).local_day(instant).day == local


def test_every_departement_has_a_calendar():
    """Nobody is left out, and no table names a département that does not exist."""
    codes = {department.code for department in register().departments()}

    assert all(calendar_of(code).closure(date(2026, 12, 25)) == "Noël" for code in codes)
    assert set(SUBDIVISIONS) | set(ZONES) <= codes
    assert len(set(SUBDIVISIONS.values())) == 14
    assert zone_of("989").key == "Europe/Paris"


@pytest.mark.parametrize(
    "department",
    ["99", "", "all", "79\0", "7" * 10_000_000, None, 79, b"79", ["79"]],
    ids=lambda code: ascii(code)[:30],
)
def test_an_unknown_departement_has_no_calendar(department):
    """A wrong code is refused with a sentence, never taken for Paris."""
    with pytest.raises(InvalidData) as refusal:
        calendar_of(department)

    assert [path for path, _ in refusal.value.errors] == ["department"]
    assert len(str(refusal.value)) < 200
