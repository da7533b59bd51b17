"""Telling: what the demonstration shows on a screen, in lines of at most 80 columns."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Mapping, Sequence

from rich.console import Console
from rich.text import Text

from appui.notifications.message import Message
from appui.states.case import Case
from appui.states.deadlines import CANCELLED, LATE, MET, STOPPED, Deadline
from appui.states.errors import ActionRefused, AppuiError, InvalidData, Refusal
from appui.states.procedure import Procedure
from appui.states.wording import NBSP, day_in_words, listed, weekday_in_words
from appui.workflow.views import ActionView

WIDTH = 80

_AFTER_QUOTE = re.compile(r"(?<=«) ")
_BEFORE_MARK = re.compile(r"(?<=\S) (?=[»:;?!])")
"""Spaces at which French lines are never cut."""
_PLAIN, _HEADING, _DONE, _REFUSED, _QUIET = "", "bold", "green", "red", "dim"

PRESUMED = {
    "framing_held": "la réunion de cadrage a été tenue",
    "local_search_done": "la recherche locale a été faite",
    "all_signed": "toutes les parties ont signé",
}
"""Fact that an import may presume → what is presumed, in French."""


class Teller:
    """Writes French lines on a console; decides nothing."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def heading(self, text: str) -> None:
        """Open a chapter."""
        self._line("")
        self._line(f"━━ {text} ".ljust(WIDTH, "━"), style=_HEADING)

    def says(self, text: str, *, style: str = _PLAIN) -> None:
        """Tell a paragraph."""
        self._paragraph("", text, style=style)

    def scene(self, when: str, who: str, text: str) -> None:
        """Say when, who, and what happens."""
        self._line("")
        self._line(f"{when} · {who}", style=_HEADING)
        self._paragraph("  ", text)

    def item(self, label: str, text: str, *, style: str = _PLAIN) -> None:
        """Tell one fact under its label."""
        self._paragraph(f"  {label} : ", text, style=style)

    def done(self, label: str, state: str) -> None:
        """Say what was done and where the case stands."""
        self._paragraph("  ✓ ", f"{label} → {state}", style=_DONE)

    def refused(self, label: str, refusals: Sequence[Refusal], who_can: Sequence[str]) -> None:
        """Say why an action is not possible, what would unlock it and who could then do it."""
        self._paragraph("  ✗ ", f"{label} : pas maintenant.", style=_REFUSED)
        for refusal in refusals:
            self._paragraph("    ", refusal.text)
            if refusal.unlock:
                self._paragraph("    Pour débloquer : ", refusal.unlock)
        if who_can:
            self._paragraph("    Qui peut : ", f"{listed(who_can)}.")

    def messages(self, messages: Iterable[Message]) -> None:
        """Say whom mails would reach."""
        for message in messages:
            where = f" <{message.email}>" if message.email else ""
            self._paragraph("  ✉ ", f"{message.label} → {message.name or message.recipient}{where}", style=_QUIET)

    def deadlines(self, deadlines: Iterable[Deadline]) -> None:
        """Say which deadlines changed, each with how its date comes about."""
        for deadline in deadlines:
            if deadline.status != CANCELLED:
                self._paragraph("  ◷ ", f"{deadline.label} : {_stands(deadline)}", style=_QUIET)

    def permitted(self, actions: Sequence[ActionView]) -> None:
        """Say what can be done now, and by whom when it is not by who has just acted."""
        labels = [_possible(action) for action in actions]
        self._paragraph("  Possible maintenant : ", f"{' · '.join(labels)}." if labels else "rouvrir, s'il le faut.")

    def path(self, case: Case, procedure: Procedure) -> None:
        """Tell the states through which the case went."""
        labels = [procedure.states[visit.state].label for visit in case.visits if visit.state]
        self._line("")
        self._paragraph("Chemin : ", " → ".join(labels))

    def counts(self, heading: str, counts: Mapping[str, int], labels: Mapping[str, str]) -> None:
        """Tell how many there are of each, in the order of the labels."""
        self._line("")
        self._line(heading, style=_HEADING)
        for name, label in labels.items():
            if counts.get(name):
                self._line(f"  {label} ".ljust(44, "·") + f"{counts[name]:>4}")
        self._line("  Ensemble ".ljust(44, "·") + f"{sum(counts.values()):>4}")

    def _paragraph(self, mark: str, text: str, *, style: str = _PLAIN) -> None:
        room = " " * min(len(mark), 4) if mark.strip() else mark
        wrapped = textwrap.wrap(
            _BEFORE_MARK.sub(NBSP, _AFTER_QUOTE.sub(NBSP, mark + text)),
            width=WIDTH,
            subsequent_indent=room,
            drop_whitespace=True,
            break_on_hyphens=False,
        )
        for line in wrapped:
            self._line(line, style=style)

    def _line(self, text: str, *, style: str = _PLAIN) -> None:
        self._console.print(Text(text, style=style), no_wrap=True, crop=False, overflow="ignore")


def reasons_of(error: AppuiError) -> Sequence[Refusal]:
    """Return why the engine said no, whatever the kind of its no."""
    if isinstance(error, ActionRefused | InvalidData) and error.refusals:
        return error.refusals
    return (Refusal(error.code, str(error)),)


def names_of(who_can: Iterable[str]) -> list[str]:
    """Return the names of who can, each once, their roles left out."""
    return list(dict.fromkeys(each.partition(" (")[0] for each in who_can))


def _stands(deadline: Deadline) -> str:
    if deadline.status == MET:
        return f"échéance tenue{f' le {day_in_words(deadline.closed_on)}' if deadline.closed_on else ''}."
    if deadline.status == STOPPED or deadline.due_on is None:
        return f"en pause ({deadline.derivation})."
    late = "en retard depuis" if deadline.status == LATE else "pour"
    return f"{late} le {weekday_in_words(deadline.due_on)} ({deadline.derivation})."


def _possible(action: ActionView) -> str:
    if action.permitted:
        return action.label
    return f"{action.label} ({listed(names_of(action.who_can), last='ou')})"
