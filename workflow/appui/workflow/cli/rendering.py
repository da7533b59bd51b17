"""Rendering: cases and what surrounds them as Rich renderables, at home in 80 columns. Every text in them is inert.

`now` is aware and in the zone of the case's département: its date is « today » there.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, tzinfo
from zoneinfo import ZoneInfo

from rich import box
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from appui.notifications.message import QUEUED, REFUSED, SENT, STATUSES, UNKNOWN, Message
from appui.states.actor import ROLES
from appui.states.applicant import KINDS
from appui.states.case import Case, Entry
from appui.states.deadlines import CANCELLED, LATE, MET, OPEN, STOPPED, Deadline
from appui.states.errors import Refusal
from appui.states.events import CaseEvent, Corrected, RouteTaken, StateEntered, Undone
from appui.states.procedure import Procedure
from appui.states.wording import NBSP, in_thousands, listed
from appui.workflow.cli.days import due, iso_day, relative_day, since
from appui.workflow.cli.facts import Fact
from appui.workflow.cli.terminal import plain
from appui.workflow.views import ActionView

PARIS = ZoneInfo("Europe/Paris")
ROUTES = {"local": "solution locale", "operator": "autre opérateur", "national": "ANCT"}
"""Route → how it is called."""
DEADLINE_STATUSES = {
    OPEN: "en cours", MET: "tenue", LATE: "en retard", CANCELLED: "sans objet", STOPPED: "arrêtée",
}  # fmt: skip
_ALARMING = frozenset({LATE, REFUSED, UNKNOWN})
_RECIPIENTS = {"applicant": "la collectivité"}


def text(value: object, style: str = "") -> Text:
    """Return a text in which neither markup nor escapes act."""
    return Text(plain(value), style)


def heading(value: str) -> Text:
    """Return the title of a part of a page."""
    return text(value, "bold")


def ruled(*titles: str) -> Table:
    """Return an empty table with those titles."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
    for title in titles:
        table.add_column(title, overflow="fold")
    return table


def case_header(
    case: Case,
    procedure: Procedure,
    deadlines: Iterable[Deadline],
    now: datetime,
    *,
    assignee: str | None = None,
) -> RenderableType:
    """Return what one wants to know first: who asks for what, where it stands, who follows it, what is due next.

    `assignee`: how to name and reach who is in charge; by default the identifier.
    """
    today = now.date()
    state = f"{_state(case.state, procedure)}, {since(case.current_visit.on, today)}"
    lines: list[Fact] = [
        ("Demandeur", _applicant(case)),
        ("Procédure", f"{procedure.label}, version {procedure.version}"),
        ("État", state),
    ]
    if case.suspended_since is not None:
        lines.append(("Suspendu", since(case.suspended_since, today)))
    lines.append(("Suivi par", assignee or case.assignee or "personne encore"))
    route = "pas encore" if case.route is None else ROUTES.get(case.route, case.route)
    taken = f", {relative_day(case.routed_on, today)}" if case.routed_on else ""
    lines.append(("Orientation", route + taken))
    lines.append(("Échéance", _next_due(deadlines, now)))
    title = Text.assemble((plain(case.reference), "bold"), " · ", (plain(case.title), "bold"))
    return Group(title, facts_table(lines))


def facts_table(facts: Sequence[Fact]) -> RenderableType:
    """Return labels and values in two columns."""
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(max_width=26)
    table.add_column(overflow="fold")
    for label, value in facts:
        table.add_row(text(label, "dim"), text(value))
    return table


def explanation(views: Sequence[ActionView], *, full: bool = False) -> RenderableType:
    """Return the permitted actions, then each refused one with its reasons, what would unlock it, and who can.

    Unless `full`, those that only another state permits, or that are not the actor's to do, take one line together.
    """
    permitted = [view for view in views if view.permitted]
    elsewhere = [] if full else [view for view in views if _codes(view) == {"state"}]
    others = [] if full else [view for view in views if _codes(view) > {"not_allowed"}]
    folded = {view.name for view in (*elsewhere, *others)}
    refused = [view for view in views if not view.permitted and view.name not in folded]
    parts: list[RenderableType] = [permitted_actions(permitted)]
    if refused:
        parts += [Text(), heading("Pas encore"), *(_refused(view) for view in refused)]
    if elsewhere:
        parts += [Text(), _folded("Autres actions, possibles dans un autre état", elsewhere)]
    if others:
        parts += [Text(), _folded("Autres actions, qui reviennent à d'autres", others)]
    return Group(*parts)


def permitted_actions(views: Sequence[ActionView]) -> RenderableType:
    """Return the permitted ones among the actions, each with the data that it must be given."""
    permitted = [view for view in views if view.permitted]
    if not permitted:
        return text("Rien n'est possible maintenant.")
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(max_width=26, overflow="fold")
    table.add_column()
    for view in permitted:
        required = [field.name for field in view.fields if field.required]
        label = text(view.label)
        if required:
            label.append(f"\nà donner : {plain(', '.join(required))}", "dim")
        if view.presumed:
            label.append(f"\ntenu pour acquis à l'import : {plain(', '.join(view.presumed))}", "yellow")
        table.add_row(text(f"  {view.name}", "green"), label)
    return Group(heading("Possible maintenant"), table)


def refusal_lines(refusals: Iterable[Refusal]) -> RenderableType:
    """Return each reason, followed by what would unlock it."""
    lines: list[RenderableType] = []
    for refusal in refusals:
        lines.append(text(refusal.text))
        if refusal.unlock:
            lines.append(Padding(text(f"Pour débloquer : {refusal.unlock}"), (0, 0, 0, 2)))
    return Group(*lines)


def deadlines_table(deadlines: Sequence[Deadline], now: datetime) -> RenderableType:
    """Return the deadlines as they stand, each with how its date was found."""
    if not deadlines:
        return text("Aucune échéance.")
    table = ruled("Échéance", "Quand", "Situation")
    table.columns[2].no_wrap = True
    for each in (deadline.at(now) for deadline in deadlines):
        label = text(each.label).append(f"\n{plain(each.derivation)}", "dim")
        status = DEADLINE_STATUSES.get(each.status, each.status)
        table.add_row(label, text(_when(each, now)), text(status, _style(each.status)))
    return table


def messages_table(messages: Sequence[Message], *, zone: tzinfo = PARIS) -> RenderableType:
    """Return the messages with whom they are for and what became of them."""
    if not messages:
        return text("Aucun message.")
    table = ruled("N°", "Message", "À", "Sort")
    for each in messages:
        table.add_row(str(each.seq), text(each.label), text(recipient_lines(each)), message_status(each, zone))
    return table


def message_status(message: Message, zone: tzinfo = PARIS) -> Text:
    """Return what became of a message: when it is tried, whether it may have been received twice, what was answered."""
    said = STATUSES.get(message.status, message.status)
    if message.status in (QUEUED, UNKNOWN):
        said += f", pas avant le {message.not_before.astimezone(zone):%d/%m à %H:%M}"
    if message.doubtful and message.status != UNKNOWN:
        said += ", peut-être deux fois" if message.status == SENT else ", peut-être reçu"
    found = text(said, _style(message.status))
    if message.answer and message.status != SENT:
        found.append(f"\n{plain(message.answer)}", "dim")
    return found


def journal_table(entries: Sequence[Entry], procedure: Procedure, *, zone: tzinfo = PARIS) -> RenderableType:
    """Return who did what and when, oldest first; the day of entry is given when it is another one."""
    if not entries:
        return text("Aucune entrée.")
    table = ruled("N°", "Jour", "Qui", "Quoi")
    table.columns[1].no_wrap = True
    for entry in entries:
        entered = entry.recorded_at.astimezone(zone).date()
        day = text(iso_day(entry.effective_on))
        if entered != entry.effective_on:
            day.append(f"\nsaisi le\n{iso_day(entered)}", "dim")
        action = procedure.actions.get(entry.action)
        what = text(action.label if action else _OTHER_ACTIONS.get(entry.action, entry.action))
        for event in entry.events:
            told = _event(event, procedure)
            if told:
                what.append(f"\n{plain(told)}", "dim")
        table.add_row(str(entry.seq), day, text(_who(entry)), what)
    return table


def cases_table(lines: Sequence[tuple[Case, str]]) -> RenderableType:
    """Return a list of (case, French label of its state)."""
    if not lines:
        return text("Aucun dossier.")
    table = ruled("Référence", "Demandeur", "Objet", "État")
    table.columns[0].no_wrap = True
    for case, state in lines:
        table.add_row(text(case.reference), text(case.applicant.name), text(case.title), text(state))
    return table


_OTHER_ACTIONS = {
    "import": "Reprise d'un dossier commencé ailleurs",
    "deadline_passed": "Échéance passée",
    "reminded": "Relance",
}


def _codes(view: ActionView) -> set[str]:
    return {refusal.code for refusal in view.refusals}


def _refused(view: ActionView) -> RenderableType:
    title = Text.assemble((f"  {plain(view.name)}", "yellow"), "  ", plain(view.label))
    who = Padding(text(f"Qui peut : {listed(view.who_can, last='ou')}", "dim"), (0, 0, 0, 4))
    return Group(title, Padding(refusal_lines(view.refusals), (0, 0, 0, 4)), who)


def _folded(title: str, views: Iterable[ActionView]) -> RenderableType:
    return text(f"{title} : {', '.join(view.name for view in views)}.", "dim")


def _applicant(case: Case) -> str:
    applicant = case.applicant
    known = [KINDS.get(applicant.kind, applicant.kind), f"département {applicant.department}"]
    if applicant.population is not None:
        known.append(f"{in_thousands(applicant.population)}{NBSP}hab.")
    return f"{applicant.name} ({', '.join(known)})"


def _state(name: str, procedure: Procedure) -> str:
    state = procedure.states.get(name)
    return state.label if state else name


def _next_due(deadlines: Iterable[Deadline], now: datetime) -> str:
    standing = [deadline.at(now) for deadline in deadlines]
    running = [each for each in standing if each.due_at is not None and each.status in (OPEN, LATE)]
    if running:
        first = min(running, key=lambda each: each.due_at or now)
        return f"{first.label}, {_when(first, now)}\n{first.derivation}"
    stopped = [each.label for each in standing if each.status == STOPPED]
    return f"arrêtée : {listed(stopped)}" if stopped else "aucune"


def _when(deadline: Deadline, now: datetime) -> str:
    if deadline.closed_on is not None:
        return relative_day(deadline.closed_on, now.date())
    if deadline.due_on is None:
        return "sans date"
    return due(deadline.due_on, now.date(), late=deadline.status == LATE)


def _style(status: str) -> str:
    return "red" if status in _ALARMING else ""


def recipient_lines(message: Message) -> str:
    """Return who a message is for, and the address on the line below."""
    kind, _, code = message.recipient.partition(":")
    name = message.name or _RECIPIENTS.get(kind) or (ROLES.get(code, code) if kind == "role" else code)
    return f"{name}\n{message.email or 'adresse inconnue'}"


def _who(entry: Entry) -> str:
    name = entry.actor_name or "personne oubliée"
    return f"{name}, pour {entry.on_behalf_of}" if entry.on_behalf_of else name


def _event(event: CaseEvent, procedure: Procedure) -> str:
    match event:
        case StateEntered(state=state):
            return f"→ {_state(state, procedure)}"
        case RouteTaken(route=route):
            return f"orientation : {ROUTES.get(route, route) if route else 'aucune'}"
        case Corrected(what=what):
            return f"corrige : {what}"
        case Undone(seq=seq):
            return f"annule le n° {seq}"
        case _:
            return ""
