"""The base as such: there, up to date, whole, well set, and its procedures as cases follow them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from appui.states.errors import AppuiError
from appui.states.wording import counted, listed
from appui.workflow.db.indexes import mend_index, wrong_indexes
from appui.workflow.db.statistics import analyze
from appui.workflow.db.structure import missing_parts
from appui.workflow.doctor.examination import Examination
from appui.workflow.doctor.findings import SHOWN, Finding, Repair, fault, good, warning

_RESTORE = "reprenez une sauvegarde de la base et prévenez qui la tient"
_REPAIR = "lancez « appui doctor --repair »"
_SETTINGS = {
    "journal_mode": "mettez la base sur un disque local, où SQLite peut tenir son journal (WAL)",
    "synchronous": "retirez ce réglage de SQLite : une coupure perdrait ce qui est enregistré",
    "foreign_keys": "retirez ce réglage de SQLite : des références vers rien seraient enregistrées",
    "server_encoding": "recréez la base en UTF8 à partir d'une sauvegarde : elle refuserait des noms",
    "autovacuum": "remettez autovacuum en marche : la base grossirait et ralentirait",
    "synchronous_commit": "remettez synchronous_commit à « on » : une coupure perdrait ce qui est enregistré",
}
"""Setting → what to do."""


def database(examination: Examination) -> Finding:
    """Whether the base answers, at the revision that this program expects."""
    base = examination.database
    where = "SQLite" if base.path is not None else "PostgreSQL"
    try:
        current = base.is_current()
    except (AppuiError, OSError) as error:
        return fault("database", f"Base {where} hors d'atteinte", str(error))
    if current:
        return good("database", f"Base {where} accessible et à jour")
    text = f"Base {where} absente ou pas à jour"
    return fault("database", text, "sauvegardez-la, puis lancez « appui db upgrade »")


def settings(examination: Examination) -> Finding:
    """Whether the base is set so that what is acknowledged stays."""
    store = examination.store
    with examination.database.reading() as raw:
        wrong, untended = store.wrong_settings(raw), store.untended_tables(raw)
    remedies = [_SETTINGS[name] for name, _, _ in wrong]
    details = [f"{name} : {found} au lieu de {asked}" for name, found, asked in wrong]
    if untended:
        remedies.append(
            f"remettez autovacuum en marche (ALTER TABLE … RESET (autovacuum_enabled)) : {listed(untended)}"
        )
    if not remedies:
        return good("settings", "Réglages de la base sûrs")
    return fault("settings", "Réglages de la base à revoir", " ; ".join(remedies), details)


def damages(examination: Examination) -> Finding:
    """Whether SQLite's file is whole."""
    try:
        with examination.database.reading() as raw:
            found = examination.store.list_damages(raw, SHOWN)
    except AppuiError as error:
        return fault("damages", "Fichier de la base abîmé", _RESTORE, [str(error)])
    if not found:
        return good("damages", "Base lisible en entier")
    return fault("damages", "Fichier de la base abîmé", _RESTORE, found)


def structure(examination: Examination) -> Finding:
    """Whether every table, column and constraint is there."""
    with examination.database.sa_reading() as connection:
        missing = missing_parts(connection, schema=examination.database.schema)
    if not missing:
        return good("structure", "Tables et contraintes au complet")
    return fault("structure", f"Il manque à la base : {len(missing)}", _RESTORE, missing)


def indexes(examination: Examination) -> Finding:
    """Whether every index that the queries count on is there."""
    with examination.database.sa_reading() as connection:
        wrong = wrong_indexes(connection, schema=examination.database.schema)
    if not wrong:
        return good("indexes", "Index au complet")
    names = [f"{each.name} ({'à refaire' if each.there else 'absent'})" for each in wrong]
    return fault("indexes", f"Index en défaut : {len(wrong)}", _REPAIR, names)


def mend_indexes(examination: Examination) -> Iterator[Repair]:
    """Yield the creation of each index that is missing or otherwise."""
    database = examination.database
    with database.sa_reading() as connection:
        wrong = wrong_indexes(connection, schema=database.schema)

    def mend(name: str) -> None:
        with database.begin() as connection:
            mend_index(connection, name, schema=database.schema)

    for each in wrong:
        verb = "refaire" if each.there else "créer"
        yield Repair(text=f"{verb} l'index {each.name}", do=partial(mend, each.name))


def statistics(examination: Examination) -> Finding:
    """Whether the base has looked at its big tables, and so knows which index to take."""
    tables = _unknown(examination)
    if not tables:
        return good("statistics", "Statistiques de la base présentes")
    return warning("statistics", "Statistiques absentes : la base choisit mal ses index", _REPAIR, tables)


def mend_statistics(examination: Examination) -> Iterator[Repair]:
    """Yield a look at what the tables hold, if nobody has taken it."""

    def look() -> None:
        with examination.database.begin() as connection:
            analyze(connection, schema=examination.database.schema)

    if _unknown(examination):
        yield Repair(text="mettre à jour les statistiques de la base", do=look)


def _unknown(examination: Examination) -> list[str]:
    with examination.database.reading() as raw:
        return examination.store.tables_without_statistics(raw)


def idle(examination: Examination) -> Finding:
    """Whether somebody has left a transaction open: nothing can be tidied up behind it."""
    with examination.database.reading() as raw:
        found = examination.store.list_idle(raw, examination.idle_seconds)
    if not found:
        return good("idle", "Aucune transaction oubliée")
    details = [f"processus {pid} ({name}), depuis le {since:%d/%m/%Y %H:%M} UTC" for pid, name, since in found]
    text = f"Transactions ouvertes qui ne font rien : {len(found)}"
    return warning("idle", text, "fermez ce programme, ou pg_terminate_backend(processus)", details)


def procedures(examination: Examination) -> Finding:
    """Whether the files are readable, and what cases follow still is what it was when they began to."""
    try:
        own = examination.own_library
    except AppuiError as error:
        return fault("procedures", "Procédures illisibles", error.text)
    hashes = {(each.key, each.version): each.content_hash for each in examination.kept}
    unreadable = [f"{key} {version} : {each}" for (key, version), each in examination.pinned.items()
        if isinstance(each, str)]  # fmt: skip
    with examination.database.reading() as raw:
        followed = examination.store.list_followed(raw)
    unreadable += [
        f"{key} {version} : inconnue, {counted(count, 'dossier en cours la suit', 'dossiers en cours la suivent')}"
        for key, version, count in followed
        if (key, version) not in hashes and own.find(key, version) is None
    ]
    if unreadable:
        remedy = "reprenez une sauvegarde de la base, ou remettez ce qui manque au programme qui les lisait"
        return fault("procedures", "Procédures suivies par des dossiers et illisibles", remedy, unreadable)
    changed = [f"{each.key} {each.version}" for each in own
        if hashes.get((each.key, each.version), each.content_hash) != each.content_hash]  # fmt: skip
    if changed:
        text = f"Procédures changées alors que des dossiers les suivent : {listed(changed)}"
        remedy = "remettez le fichier comme il était, et donnez un nouveau numéro de version à ce qui change"
        return fault("procedures", text, remedy)
    keys = ", ".join(sorted({each.key for each in own}))
    return good("procedures", f"Procédures lisibles : {keys}, {counted(len(list(own)), 'version', 'versions')}")
