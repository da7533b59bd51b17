"""Failures: what a command says on stderr when it cannot do what was asked. Never a traceback, unless asked for."""

from __future__ import annotations

import errno
import traceback
from collections.abc import Iterator

from appui.states.errors import ActionRefused, AppuiError, InvalidData, InvalidProcedure, NotAllowed, Refusal
from appui.states.wording import listed

EXIT_CODE = 1

_CAUSES = {
    errno.EACCES: "accès refusé",
    errno.EPERM: "accès refusé",
    errno.ENOENT: "fichier ou dossier absent",
    errno.EEXIST: "un fichier de ce nom existe déjà",
    errno.ENOTDIR: "ce n'est pas un dossier",
    errno.EISDIR: "c'est un dossier",
    errno.ENOSPC: "disque plein",
    errno.EROFS: "disque en lecture seule",
    errno.EMFILE: "trop de fichiers ouverts",
}
"""What the system says → the same in French."""


def lines_of(error: Exception, *, debug: bool) -> list[str]:
    """Return the lines that tell an error: each fault, each reason with what would unlock it."""
    if isinstance(error, AppuiError):
        return list(_told(error))
    if isinstance(error, OSError) and not debug:
        cause = _CAUSES.get(error.errno or 0, f"erreur {errno.errorcode.get(error.errno or 0, type(error).__name__)}")
        return [f"Le système a refusé : {cause}{_place(error)}."]
    if debug:
        return ["".join(traceback.format_exception(error)).rstrip()]
    return [
        f"Erreur imprévue ({type(error).__name__}) : rien de plus n'a été fait ; « appui --debug … » donne le détail "
        "à transmettre à qui maintient appui."
    ]


def _told(error: AppuiError) -> Iterator[str]:
    match error:
        case InvalidData():
            yield from (f"{path} : {text}" if path else text for path, text in error.errors)
            yield from (f"Pour débloquer : {refusal.unlock}" for refusal in error.refusals if refusal.unlock)
        case ActionRefused():
            for refusal in error.refusals:
                yield from _reason(refusal)
        case InvalidProcedure():
            yield f"La procédure {error.source} ne peut pas être chargée :"
            yield from (f"  {path} : {text}" if path else f"  {text}" for path, text in error.faults)
        case NotAllowed() if error.who_can:
            yield error.text
            yield f"Qui peut : {listed(error.who_can)}"
        case _:
            yield error.text


def _reason(refusal: Refusal) -> Iterator[str]:
    yield refusal.text
    if refusal.unlock:
        yield f"  Pour débloquer : {refusal.unlock}"


def _place(error: OSError) -> str:
    return f" ({error.filename})" if error.filename else ""
