"""`appui forecast`: what is to come, for people and for programs."""


def test_what_is_to_come_is_listed_by_its_hour(house, reference):
    """A request that waits for its first answer has reminders, then a passing."""
    told = " ".join(house.done("forecast", "--days", "60").split())

    assert reference in told
    assert "relance" in told
    assert "Première" in told


def test_programs_read_the_same(house, reference):
    """Stable keys, days and instants in ISO 8601."""
    items = house.read("forecast", "--case", reference)["items"]

    assert {each["kind"] for each in items} == {"deadline", "reminder", "message"}
    assert set(items[0]) == {"at", "case_id", "reference", "kind", "label", "key", "due_on", "recipients"}


def test_a_service_without_cases_has_nothing_to_come(empty_house):
    """One sentence."""
    assert empty_house.done("forecast") == "Rien n'est à venir.\n"


def test_days_that_are_no_number_are_refused(house):
    """A sentence that names the option, and the code of a wrong use."""
    result = house.run("forecast", "--days", "bientôt")

    assert result.exit_code == 2
    assert "--days attend un nombre entier de 0 à 3660" in " ".join(result.stderr.split())
