"""`appui doctor`: whether everything that appui needs is there, and what to do when it is not. Nothing is changed."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import typer

from appui.states.actor import Actor
from appui.states.errors import AppuiError
from appui.states.wording import counted, listed
from appui.workflow.cli.access import local_today, settings_of
from appui.workflow.cli.databases import database_of
from appui.workflow.cli.json_output import write_json
from appui.workflow.cli.options import Json
from appui.workflow.cli.terminal import plain, say
from appui.workflow.config import Settings
from appui.workflow.db.store import Store
from appui.workflow.engine import Engine
from appui.workflow.territories import register

DECIDING_ROLES = frozenset({"delegate", "deputy_delegate"})
"""Who routes and decides: without one of them a département's cases stop."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """What one check found."""

    check: str
    """Stable name of what was looked at."""
    ok: bool
    text: str
    """In French."""
    remedy: str = ""
    """What to do, in French; empty when all is well."""


def doctor(ctx: typer.Context, *, json: Json = False) -> None:
    """Vérifie l'installation et dit quoi faire ; le code de sortie est 1 quand quelque chose ne va pas."""
    findings = list(_examined(ctx))
    if json:
        write_json({"ok": all(each.ok for each in findings), "checks": findings})
    else:
        for each in findings:
            say(plain(f"✓ {each.text}" if each.ok else f"✗ {each.text} : {each.remedy}"))
    if not all(each.ok for each in findings):
        raise typer.Exit(1)


def _good(check: str, text: str) -> Finding:
    return Finding(check=check, ok=True, text=text)


def _bad(check: str, text: str, remedy: str) -> Finding:
    return Finding(check=check, ok=False, text=text, remedy=remedy)


def _examined(ctx: typer.Context) -> Iterator[Finding]:
    """Yield the findings, those that need an engine last, and only when there can be one."""
    try:
        settings = settings_of(ctx)
    except AppuiError as error:
        yield _bad("config", "Configuration illisible", error.text)
        return
    yield _good("config", "Configuration lisible")
    database = _database(settings)
    yield database
    yield _folder(settings.documents_folder)
    if not database.ok:
        return
    try:
        engine = Engine(settings)
    except AppuiError as error:
        yield _bad("procedures", "Procédures illisibles", error.text)
        return
    try:
        for name, check in _CHECKS.items():
            yield _guarded(name, check, engine)
    finally:
        engine.stop()


def _guarded(name: str, check: Callable[[Engine], Finding], engine: Engine) -> Finding:
    try:
        return check(engine)
    except AppuiError as error:
        return _bad(name, "Une vérification n'a pas pu être faite", error.text)


def _database(settings: Settings) -> Finding:
    database = database_of(settings)
    where = "SQLite" if database.path is not None else "PostgreSQL"
    try:
        current = database.is_current()
    except (AppuiError, OSError) as error:
        return _bad("database", f"Base {where} hors d'atteinte", str(error))
    finally:
        database.dispose()
    if current:
        return _good("database", f"Base {where} accessible et à jour")
    return _bad("database", f"Base {where} absente ou pas à jour", "sauvegardez-la, puis lancez « appui db upgrade »")


def _folder(folder: Path) -> Finding:
    place = next((each for each in (folder, *folder.absolute().parents) if each.exists()), Path("/"))
    remedy = "donnez à appui le droit d'y écrire, ou changez « documents.folder »"
    try:
        if folder.is_dir():
            with tempfile.TemporaryFile(dir=folder):
                pass
        elif not (place.is_dir() and os.access(place, os.W_OK)):
            raise PermissionError
    except OSError:
        return _bad("documents", f"Dossier des documents {folder} sans droit d'écriture", remedy)
    return _good("documents", f"Dossier des documents {folder} accessible en écriture")


def _procedures(engine: Engine) -> Finding:
    versions = list(engine.library)
    keys = {each.key for each in versions}
    return _good(
        "procedures",
        f"Procédures lisibles : {', '.join(sorted(keys))}, {counted(len(versions), 'version', 'versions')}",
    )


def _chains(engine: Engine) -> Finding:
    faults = engine.verify_journal()
    if not faults:
        return _good("journal", "Journaux intacts")
    touched = counted(len({fault.case_id for fault in faults}), "dossier", "dossiers")
    return _bad("journal", f"Journaux modifiés sur {touched}",
        "« appui journal verify » dit lesquels ; reprenez une sauvegarde, ne corrigez rien à la main",
    )  # fmt: skip


def _orphans(engine: Engine) -> Finding:
    folder = engine.settings.documents_folder
    kept = [path.name for path in folder.glob("[0-9a-f][0-9a-f]/[0-9a-f]*") if len(path.name) == 64]
    store = Store(engine.database.dialect, engine.settings.database.schema_name)
    with engine.database.reading() as raw:
        orphans = len(kept) - len(store.known_hashes(raw, kept))
    said = counted(orphans, "fichier", "fichiers")
    return _good("orphans", f"Documents : {said} que ne cite aucun dossier (le ménage se fait tout seul)")


def _deciders(engine: Engine) -> Finding:
    """Look for somebody who decides in each département that has an open case."""
    store = Store(engine.database.dialect, engine.settings.database.schema_name)
    today = local_today(engine)
    alone = []
    for each in register().departments():
        if not engine.cases(actor=Actor.system(), department=each.code, open=True, limit=1).items:
            continue
        territories = ("nation", f"region:{each.region}", f"department:{each.code}")
        with engine.database.reading() as raw:
            if not store.people_holding(raw, DECIDING_ROLES, territories, today):
                alone.append(f"{each.name} ({each.code})")
    if not alone:
        return _good("deciders", "Chaque département qui a des dossiers en cours a qui décide")
    return _bad("deciders", f"Personne ne peut décider : {listed(alone)}",
        "donnez ce rôle par « appui user grant PERSONNE deputy_delegate department:… »",
    )  # fmt: skip


def _clock(engine: Engine) -> Finding:
    newest = engine.cases(actor=Actor.system(), limit=1).items
    now = engine.clock()
    if newest and newest[0].updated_at > now:
        text = (
            f"L'horloge dit {now:%d/%m/%Y %H:%M} UTC, avant la dernière entrée ({newest[0].updated_at:%d/%m/%Y %H:%M})"
        )
        return _bad("clock", text, "remettez l'horloge de la machine à l'heure")
    return _good("clock", f"Horloge plausible : {now:%d/%m/%Y %H:%M} UTC")


_CHECKS: dict[str, Callable[[Engine], Finding]] = {
    "procedures": _procedures,
    "journal": _chains,
    "orphans": _orphans,
    "deciders": _deciders,
    "clock": _clock,
}
"""Name → what looks; in the order of the report."""
