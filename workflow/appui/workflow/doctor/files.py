"""Files: the folder of the documents, what is missing from it or altered, and what nobody names in it."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from collections.abc import Collection, Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path

from appui.states.wording import counted
from appui.workflow.clock import system_clock
from appui.workflow.db.surroundings_store import CitedFile
from appui.workflow.doctor.examination import Examination
from appui.workflow.doctor.findings import Examples, Finding, Repair, fault, good, warning

OLD = timedelta(days=1)
"""From when on a file that nobody names was left behind: before, its document may be on the way."""
_DIGEST = re.compile(r"[0-9a-f]{64}")
_AT_ONCE = 1000


def folder(examination: Examination) -> Finding:
    """Whether documents can be kept."""
    place = examination.settings.documents_folder
    try:
        if place.is_dir():
            with tempfile.TemporaryFile(dir=place):
                pass
        elif not _could_be_made(place):
            raise PermissionError
    except OSError:
        remedy = "donnez à appui le droit d'y écrire, ou changez « documents.folder »"
        return fault("documents", f"Dossier des documents {place} sans droit d'écriture", remedy)
    return good("documents", f"Dossier des documents {place} accessible en écriture")


def contents(examination: Examination) -> Finding:
    """Whether the file of every document is there, and (unless quick) still has the content of its hash."""
    wrong = Examples()
    for each in _cited(examination):
        fault_found = _fault_of(examination.files.path(each.sha256), each, whole=not examination.quick)
        if fault_found:
            wrong.add(f"{each.reference} : « {each.name} » ({each.sha256[:12]}…) {fault_found}")
    if not wrong.count:
        return good("files", "Fichiers des documents au complet")
    text = f"Fichiers de documents absents ou abîmés : {wrong.count}"
    return fault("files", text, "reprenez-les dans une sauvegarde du dossier des documents", wrong.details)


def orphans(examination: Examination) -> Finding:
    """Whether files that no document names were left behind: a crash may leave one, and a sweep takes it away."""
    old, new = _counts(examination)
    said = f"Documents : {counted(old, 'fichier', 'fichiers')} que ne cite aucun dossier"
    if old:
        return warning("orphans", said, "ils ne gênent pas ; « appui doctor --repair » les retire")
    waiting = f" ({counted(new, 'autre, tout récent', 'autres, tout récents')})" if new else ""
    return good("orphans", f"{said}{waiting}")


def mend_orphans(examination: Examination) -> Iterator[Repair]:
    """Yield the sweep of the files that were left behind, if there are any."""
    old, _ = _counts(examination)
    if old:
        text = f"retirer {counted(old, 'fichier', 'fichiers')} que ne cite aucun dossier"
        sweep = partial(examination.files.sweep, partial(_known, examination), older_than=system_clock() - OLD)
        yield Repair(text=text, do=sweep)


def _cited(examination: Examination) -> Iterator[CitedFile]:
    after: str | None = None
    while True:
        with examination.database.reading() as raw:
            cited = examination.store.list_cited_files(raw, after, _AT_ONCE)
        yield from cited
        if len(cited) < _AT_ONCE:
            return
        after = cited[-1].sha256


def _counts(examination: Examination) -> tuple[int, int]:
    """Return how many files nobody names, old and new, one subfolder in memory at a time."""
    limit = (system_clock() - OLD).timestamp()
    counts = [0, 0]
    for shard in sorted(examination.settings.documents_folder.glob("[0-9a-f][0-9a-f]")):
        there = {path.name: path for path in shard.iterdir() if _DIGEST.fullmatch(path.name)}
        for name in there.keys() - _known(examination, there):
            counts[there[name].stat().st_mtime >= limit] += 1
    return counts[0], counts[1]


def _known(examination: Examination, hashes: Collection[str]) -> set[str]:
    if not hashes:
        return set()
    with examination.database.reading() as raw:
        return examination.store.known_hashes(raw, hashes)


def _could_be_made(place: Path) -> bool:
    above = next((each for each in (place, *place.absolute().parents) if each.exists()), Path("/"))
    return above.is_dir() and os.access(above, os.W_OK)


def _fault_of(path: Path, cited: CitedFile, *, whole: bool) -> str:
    try:
        if path.stat().st_size != cited.size:
            return "n'a plus sa taille"
        if whole:
            with path.open("rb") as file:
                if hashlib.file_digest(file, "sha256").hexdigest() != cited.sha256:
                    return "n'a plus son contenu"
    except FileNotFoundError:
        return "manque"
    except OSError:
        return "ne se lit pas"
    return ""
