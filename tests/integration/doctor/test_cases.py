"""Journals, cases and what is kept beside them: each broken on purpose, found, and mended from the journal alone."""

import sqlite3
from itertools import islice
from tracemalloc import get_traced_memory, reset_peak, start, stop

import psycopg
import pytest

from appui.states.errors import AppuiError
from appui.workflow.db.tables import CASES
from appui.workflow.doctor.cases import rebuild
from appui.workflow.doctor.replay import LABELS


@pytest.fixture
def shared(clinic):
    """A case that was consulted about and shared, with deadlines that run, are met and were taken back."""
    case = clinic.open(themes=["mobility"])
    case = clinic.desk.through(case, "start_scoping", "record_framing", "consult_providers", "share")
    case = clinic.desk.act(case, "comment")
    return clinic.desk.act(case, "undo")


def test_a_sound_installation_is_found_sound_and_left_alone(clinic, shared):
    """Looking changes nothing."""
    before = clinic.desk.written()

    assert clinic.faults() == []
    assert clinic.repair(do=True) == []
    assert clinic.desk.written() == before


def test_a_broken_chain_is_found_and_never_repaired(clinic, shared):
    """What was written cannot be made up again: a copy of the base has it."""
    other = clinic.open(title="Intact")
    clinic.break_("UPDATE appui_entry SET actor_id = 'autre' WHERE case_id = :id AND seq = 2", id=shared.id)
    before = clinic.desk.written()
    found = clinic.look()["journal"]

    assert (found.ok, found.details) == (False, (f"{shared.reference} : L'entrée n° 2 a été modifiée.",))
    assert other.reference not in str(found.details)
    assert clinic.repair(do=True) == []
    assert clinic.desk.written() == before


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ("DELETE FROM appui_entry WHERE case_id = :id AND seq = 3", "manque"),
        ("DELETE FROM appui_chain_head WHERE case_id = :id", "tête"),
        ("UPDATE appui_chain_head SET seq = seq + 1 WHERE case_id = :id", "tête"),
        ('UPDATE appui_entry SET events = \'[{"type": "nothing"}]\' WHERE case_id = :id AND seq = 2', "ne se lit plus"),
    ],
    ids=["removed", "headless", "cut off", "unreadable"],
)
def test_whatever_is_wrong_with_a_journal_is_said(clinic, shared, broken, said):
    """The doctor names the case and what happened to it."""
    clinic.break_(broken, id=shared.id)
    found = clinic.look()["journal"]

    assert not found.ok
    assert said in found.details[0]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("state = 'completed'", "état"),
        ("version = 4", "version"),
        ("title = 'Autre objet'", "objet"),
        ("reference = '79-1999-0001'", "référence"),
        ("procedure_version = 1", "version de la procédure"),
        ("counted_on = '2020-01-01'", "jour des chiffres"),
        ("reserved_cents = 100", "montant réservé"),
        ("search = 'rien'", "mots de la recherche"),
        ("arrondissement = NULL", "arrondissement"),
        ("data = '{}'", "faits"),
    ],
)
def test_a_case_that_is_not_what_its_journal_tells_is_written_anew(clinic, shared, change, said):
    """Down to the columns that only figures and lists read; first shown, then done, and nothing else is touched."""
    clinic.open(title="Intact")
    before = clinic.desk.written()
    clinic.break_(f"UPDATE appui_case SET {change} WHERE id = :id", id=shared.id)  # noqa: S608 (from the table above)
    broken = clinic.desk.written()
    found = clinic.look()["cases"]

    assert said in found.details[0]
    assert clinic.repair(do=False) == [f"récrire {shared.reference} d'après son journal : {said}"]
    assert clinic.desk.written() == broken
    clinic.repair(do=True)
    assert clinic.desk.written() == before


def test_every_column_of_a_case_has_a_name_for_people():
    """What is wrong with a row is said in French."""
    assert set(LABELS) == {column.name for column in CASES.columns} - {"id"}


def test_a_case_that_was_removed_is_told_again_by_its_journal(clinic, shared):
    """The journal holds all that a case is."""
    before = clinic.desk.written()
    clinic.break_("DELETE FROM appui_case WHERE id = :id", id=shared.id)

    assert "le dossier manque" in clinic.look()["cases"].details[0]
    clinic.repair(do=True)
    assert clinic.desk.written() == before


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ("DELETE FROM appui_share WHERE case_id = :id", "partages"),
        ("INSERT INTO appui_share (case_id, department) VALUES (:id, '01')", "partages"),
        ("DELETE FROM appui_consultation WHERE case_id = :id", "prestataires sollicités"),
        ("INSERT INTO appui_consultation (case_id, provider) VALUES (:id, 'autre')", "prestataires sollicités"),
        ("DELETE FROM appui_deadline WHERE case_id = :id AND key = 'provider_answer'", "échéance « provider_answer »"),
        ("UPDATE appui_deadline SET status = 'met' WHERE case_id = :id AND key = 'provider_answer'", "échéance"),
        ("UPDATE appui_deadline SET due_on = '2030-01-01' WHERE case_id = :id AND key = 'first_answer'", "échéance"),
    ],
)
def test_what_is_kept_beside_a_case_is_made_anew(clinic, shared, broken, said):
    """Lists, searches and reminders rest on it, and it follows from the case."""
    clinic.open(title="Friche intacte")
    before = clinic.desk.written()
    clinic.break_(broken, id=shared.id)

    assert said in clinic.look()["cases"].details[0]
    assert len(clinic.repair(do=True)) == 1
    assert clinic.desk.written() == before


def test_a_deadline_of_nobody_is_cancelled(clinic, shared):
    """A row under a key that runs in no rule would be reminded of for ever."""
    clinic.break_(
        """INSERT INTO appui_deadline (case_id, key, label, status, started_on, derivation)
        VALUES (:id, 'autre', 'Autre', 'open', '2026-01-01', 'à la main')""",
        id=shared.id,
    )

    assert "échéance « autre »" in clinic.look()["cases"].details[0]
    clinic.repair(do=True)
    assert clinic.faults() == []


def test_a_case_whose_journal_is_broken_is_not_written_anew(clinic, shared):
    """A rebuilding that was decided before the journal was broken does nothing either."""
    clinic.break_(
        "UPDATE appui_case SET state = 'completed' WHERE id = :id",
        "UPDATE appui_entry SET actor_id = 'autre' WHERE case_id = :id AND seq = 2",
        id=shared.id,
    )
    before = clinic.desk.written()
    examination = clinic.examination()

    with pytest.raises(AppuiError, match=shared.reference) as refusal:
        rebuild(examination, shared.id)

    examination.database.dispose()
    assert refusal.value.code == "broken_journal"
    assert clinic.desk.written() == before


def test_a_rebuilding_that_meets_another_case_of_its_reference_changes_nothing(clinic, shared):
    """One of them must give it up first: nothing is half written."""
    other = clinic.open(title="Autre")
    clinic.break_(
        "UPDATE appui_case SET reference = '79-1999-0001', state = 'completed' WHERE id = :id",
        "UPDATE appui_case SET reference = :reference WHERE id = :other",
        "DELETE FROM appui_chain_head WHERE case_id = :other",
        id=shared.id,
        reference=shared.reference,
        other=other.id,
    )
    before = clinic.desk.written()
    examination = clinic.examination()

    with pytest.raises(AppuiError, match=shared.reference) as refusal:
        rebuild(examination, shared.id)

    examination.database.dispose()
    assert refusal.value.code == "reference_taken"
    assert clinic.desk.written() == before


def test_a_rebuilding_that_fails_half_way_changes_nothing(clinic, shared):
    """The row is written before the deadlines: when these cannot be, it stays as it was."""
    clinic.break_("UPDATE appui_case SET state = 'completed' WHERE id = :id", id=shared.id)
    before = clinic.desk.written()
    clinic.break_(*_REFUSING[clinic.engine.database.dialect])
    examination = clinic.examination()

    with pytest.raises((sqlite3.Error, psycopg.Error), match="refused"):
        rebuild(examination, shared.id)

    examination.database.dispose()
    assert clinic.desk.written() == before


_REFUSING = {
    "sqlite": ["CREATE TRIGGER refuse BEFORE INSERT ON appui_deadline BEGIN SELECT RAISE(ABORT, 'refused'); END"],
    "postgresql": [
        """CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
        $$BEGIN RAISE EXCEPTION 'refused'; END$$""",
        "CREATE TRIGGER refuse BEFORE INSERT ON appui_deadline FOR EACH ROW EXECUTE FUNCTION refuse()",
    ],
}
"""What makes a base refuse every deadline."""


def test_deadlines_are_left_alone_when_the_procedure_does_not_read(clinic):
    """Nobody can tell which ones the case must have; the rest is still mended."""
    case = clinic.open_with_procedure_of_a_host("local_request")
    before = clinic.desk.written()["appui_case"], clinic.desk.written()["appui_deadline"]
    clinic.break_(
        "UPDATE appui_case SET title = 'Autre objet' WHERE id = :id",
        "UPDATE appui_procedure SET content = '{}' WHERE key = 'local_request'",
        id=case.id,
    )
    clinic.repair(do=True)

    assert (clinic.desk.written()["appui_case"], clinic.desk.written()["appui_deadline"]) == before


def test_a_quick_visit_reads_no_journal(clinic, shared):
    """A million journals take an hour; the rest takes seconds."""
    clinic.break_("UPDATE appui_entry SET actor_id = 'autre' WHERE case_id = :id", id=shared.id)
    quick = clinic.look(quick=True)

    assert all(finding.ok for finding in quick.values())
    assert {"journal", "cases"}.isdisjoint(quick)


def test_the_replay_of_many_cases_takes_no_more_memory_than_that_of_a_few(clinic):
    """Cases are let go once they are looked at."""
    for _ in range(400):
        clinic.open()
    examination = clinic.examination()

    def peak(cases):
        every = examination.replayed()
        reset_peak()
        held, _ = get_traced_memory()
        for _each in islice(every, cases):
            pass
        every.close()
        return get_traced_memory()[1] - held

    next(examination.replayed())
    start()
    try:
        few, many = peak(150), peak(400)
    finally:
        stop()
        examination.database.dispose()

    assert many < 1.5 * few
