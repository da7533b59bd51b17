"""Lines: what is timed, of which subject, with how many workers."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """One thing that is done again and again while the time runs."""

    subject: str
    name: str
    label: str
    workers: tuple[int, ...] = (1,)
    """With how many processes at once it is timed."""
    together: int = 1
    """How many cases are handed over at a time."""
    uses_up: bool = True
    """Whether each case serves once. False: the same few are read again."""
    place: str = ""
    """A base of its own; empty: the subject's."""

    def key(self, workers: int) -> str:
        """Return the name under which figures are kept: « bare.act.4 »."""
        return f"{self.subject}.{self.name}.{workers}"


READ_AGAIN = 50
"""Cases that a line which uses nothing up goes round."""
MANY = "many"
"""The base in which cases are many."""
MAILS = "mails"
"""The base whose messages leave."""
MAILS_TOGETHER = 50

LINES: tuple[Line, ...] = (
    Line(subject="bare", name="act", label="the engine's rows, by hand", workers=(1, 4)),
    Line(subject="appui", name="act", label="full action", workers=(1, 4)),
    Line(subject="bare", name="act_with_machine", label="the same, a shared `Machine` fired beside", workers=(1, 4)),
    Line(subject="appui", name="act_in_sqlalchemy", label="inside a host's transaction (SQLAlchemy connection)"),
    Line(subject="appui", name="act_in_driver", label="inside a host's transaction (the driver's connection)"),
    Line(subject="appui", name="act_many", label="bulk, 100 cases a commit", together=100),
    Line(subject="appui", name="open", label="opening a case", uses_up=False),
    Line(subject="appui", name="get", label="loading a case (`engine.get`)", uses_up=False),
    Line(subject="appui", name="explain", label="`explain` of all actions of a case", uses_up=False),
    Line(
        subject="appui", name="explain_among_many", label="the same, among many live cases", uses_up=False, place=MANY
    ),
    Line(
        subject="appui",
        name="mail",
        label="mails to a local sink, a commit a message",
        together=MAILS_TOGETHER,
        place=MAILS,
    ),
    Line(
        subject="appui",
        name="mail_in_windows",
        label="the same, windows of 8 over 4 connections",
        together=MAILS_TOGETHER,
        place=MAILS,
    ),
    Line(subject="spiffworkflow", name="act", label="one action, the same procedure as BPMN", workers=(1, 4)),
    Line(subject="spiffworkflow", name="act_as_documented", label="the same, its specification stored with each case"),
    Line(subject="spiffworkflow", name="act_small", label="one action, a process of two tasks"),
    Line(subject="viewflow", name="act", label="one action", workers=(1, 4)),
    Line(subject="django_fsm", name="act", label="one action", workers=(1, 4)),
    Line(subject="dbos", name="act", label="one action", workers=(1, 4)),
)
