"""Errors: what was asked, what stood in the way, what would help. Each writes its own French sentence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Refusal:
    """One reason why an action is refused, and what would lift it."""

    code: str
    """The guard's or check's name, or `state`, `suspended`."""
    text: str
    """One French sentence, for people."""
    facts: tuple[tuple[str, Any], ...] = ()
    """The facts that were read, as (name, value)."""
    unlock: str = ""
    """What would make the action possible, in French; empty when nothing would."""


class AppuiError(Exception):
    """Base of every error a caller may meet; `code` is stable and `str(error)` is a French sentence."""

    code = "error"

    def __init__(self, text: str, *, code: str | None = None) -> None:
        super().__init__(text)
        self.text = text
        if code is not None:
            self.code = code


class CaseNotFound(AppuiError):
    """The case does not exist, or belongs to a territory that the actor does not see: one answer for both."""

    code = "case_not_found"

    def __init__(self, case_id: str) -> None:
        super().__init__(f"Aucun dossier « {case_id} » : vérifiez l'identifiant ou demandez au service qui le suit.")
        self.case_id = case_id


class NotAllowed(AppuiError):
    """The actor may see the case, but holds no right to this action there, that day."""

    code = "not_allowed"

    def __init__(self, text: str, *, who_can: Sequence[str] = ()) -> None:
        super().__init__(text)
        self.who_can = tuple(who_can)


class StaleCase(AppuiError):
    """Somebody changed the case after the caller read it."""

    code = "stale_case"

    def __init__(self, *, expected: int, found: int | None) -> None:
        now = "a changé pendant l'enregistrement" if found is None else f"en est à la version {found}"
        super().__init__(f"Le dossier {now}, vous aviez lu la version {expected} : relisez-le avant d'agir.")
        self.expected = expected
        self.found = found


class InvalidData(AppuiError):
    """The data of a command cannot be taken as they are; nothing was written."""

    code = "invalid_data"

    def __init__(self, errors: Sequence[tuple[str, str]], *, refusals: Sequence[Refusal] = ()) -> None:
        self.errors = list(errors)
        """(path of the field, French sentence), in the order of the fields."""
        self.refusals = tuple(refusals)
        """The named checks behind the errors; empty when the shape itself was wrong."""
        super().__init__(" ; ".join(f"{path} : {text}" if path else text for path, text in self.errors))


class ActionRefused(AppuiError):
    """The case is not in a situation in which this action makes sense."""

    code = "action_refused"

    def __init__(self, action: str, refusals: Sequence[Refusal]) -> None:
        self.action = action
        self.refusals = tuple(refusals)
        super().__init__(" ; ".join(refusal.text for refusal in self.refusals))


class InvalidProcedure(AppuiError):
    """A procedure file is wrong; every fault is named at once."""

    code = "invalid_procedure"

    def __init__(self, source: str, faults: Sequence[tuple[str, str]]) -> None:
        self.source = source
        self.faults = tuple(faults)
        """(path of the key, French sentence)."""
        lines = [f"{path} : {text}" if path else text for path, text in self.faults]
        super().__init__(f"La procédure {source} ne peut pas être chargée : " + " ; ".join(lines))


class UnknownProcedure(AppuiError):
    """No procedure of that key, or none of its versions covers the date of reception."""

    code = "unknown_procedure"


class InvalidConfig(AppuiError):
    """The configuration cannot be read; the sentence names the key, what was found and what would be right."""

    code = "invalid_config"
