"""Furnishing: what stands around the cases: people with their rights, providers, procedures, counters, the one file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from appui.states.actor import Grant
from appui.states.library import Library
from appui.workflow.config import Settings
from appui.workflow.db.database import Database
from appui.workflow.db.rows import KeptProcedure
from appui.workflow.db.store import Store
from appui.workflow.documents import DocumentFiles
from appui.workflow.people import Person
from appui.workflow.providers import Provider
from bench.big.france import Land, agency_of
from bench.big.lives import PROCEDURE
from bench.big.presses import PDF

CAVEAT = "Cas fictifs : ces chiffres ne disent rien d'un territoire réel."


def source_of(department: str) -> str:
    """Return the name of the file from which a département's imported cases come."""
    return f"suivi-fictif-{department}"


def furnish(settings: Settings, france: Sequence[Land], library: Library, *, now: datetime) -> None:
    """Bring the tables up to date, and keep who works where, who can help, and what the cases follow."""
    DocumentFiles(settings.documents_folder, max_bytes=settings.documents.max_bytes).put(PDF, "piece.pdf")
    database, store = _opened(settings)
    database.upgrade()
    try:
        with database.transaction() as raw:
            for person in _people(france):
                store.upsert_person(raw, person)
                for grant in person.grants:
                    store.add_grant(raw, person.id, grant)
            for land in france:
                for provider in land.crew.providers:
                    territories = (f"department:{land.code}",)
                    store.upsert_provider(raw, Provider(provider.id, provider.name, "agency", territories=territories))
            for procedure in library.versions_of(PROCEDURE):
                kept = KeptProcedure(
                    key=procedure.key,
                    version=procedure.version,
                    content_hash=procedure.content_hash,
                    content=procedure.content,
                    recorded_at=now,
                )
                store.record_procedure(raw, kept)
    finally:
        database.dispose()


def keep_counts(settings: Settings, references: Mapping[tuple[str, int], int], france: Sequence[Land]) -> None:
    """Keep the last number given in each département and year, and what is to be said of the imported cases."""
    database, store = _opened(settings)
    try:
        with database.transaction() as raw:
            counted = [{"department": key[0], "year": key[1], "last": last} for key, last in references.items()]
            store.run_each(
                raw, "INSERT INTO appui_counter (department, year, last) VALUES (:department, :year, :last)", counted
            )
            sources = [{"source": source_of(land.code), "caveat": CAVEAT} for land in france]
            store.run_each(raw, "INSERT INTO appui_import_source (source, caveat) VALUES (:source, :caveat)", sources)
    finally:
        database.dispose()


def _people(france: Sequence[Land]) -> list[Person]:
    people = {}
    for land in france:
        where = f"department:{land.code}"
        held = [
            *((agent, "case_officer", where) for agent in land.crew.agents),
            (land.crew.desk, "intake_officer", where),
            (land.crew.deputy, "deputy_delegate", where),
            (land.crew.delegate, "delegate", where),
            (agency_of(land.region), "anct_officer", f"region:{land.region}"),
        ]
        for somebody, role, territory in held:
            people[somebody.id] = Person(
                somebody.id, somebody.name, f"{somebody.id}@exemple.invalid", grants=(Grant(role, territory),)
            )
    return list(people.values())


def _opened(settings: Settings) -> tuple[Database, Store]:
    database = Database(settings.database.url, schema=settings.database.schema_name)
    return database, Store(database.dialect, database.schema)
