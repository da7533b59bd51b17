"""Rendering: a template and its values become words, text and HTML from the same parts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, StrictUndefined, Template
from jinja2.sandbox import ImmutableSandboxedEnvironment

from appui.notifications.message import DEADLINES
from appui.notifications.page import Mark, Page, Part, plain, text_of
from appui.notifications.words import Words
from appui.states.wording import counted, listed, typographic, weekday_in_words

_ANSWER = "Une question, un document à nous envoyer ? Vous pouvez simplement répondre à ce courriel."
SUBJECT_LIMIT = 70
"""Characters: what a telephone shows of a subject."""


def _spoken(value: object) -> object:
    # Marks of parts are the page's own; any other value is made harmless before it stands between words.
    if value is None:
        raise ValueError("a value that may be missing is written without « if »")
    return value if isinstance(value, Mark) else plain(value)


@cache
def environment() -> Environment:
    """Return what templates are compiled with: strict, sandboxed, no markup of their own."""
    # Not escaped here: what a template gives is text, and the layout escapes all of it.
    return ImmutableSandboxedEnvironment(autoescape=False, undefined=StrictUndefined, finalize=_spoken)


@cache
def _layout() -> Template:
    source = (files("appui.notifications") / "templates" / "layout.html").read_text(encoding="utf-8")
    layouts = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return layouts.from_string(source)


def rendered(template: Template, values: Mapping[str, Any]) -> Words:
    """Return the words of a message. Every name of `data.NAMES` must be among the values, None for what is unknown."""
    page = Page()
    context = template.new_context({**values, **page.functions()})
    subject = _cut(plain(typographic(plain("".join(template.blocks["subject"](context))))))
    body = list(page.parts("".join(template.blocks["body"](context))))
    outside = bool(values["outside"])
    greeting = Part(kind="paragraph", text="Madame, Monsieur," if outside else "Bonjour,")
    parts = [greeting, *body, *_besides(values), *_closing(values)]
    signature = _signature(values) if outside else ()
    footer = typographic(f"Dossier {plain(values['reference'])} : « {plain(values['title'])} ».")
    text = "\n\n".join(part for part in (text_of(parts), "\n".join(signature), footer) if part) + "\n"
    html = _layout().render(subject=subject, parts=parts, signature=signature, footer=footer)
    return Words(subject=subject, text=text, html=html)


def _besides(values: Mapping[str, Any]) -> Iterator[Part]:
    """Yield what a reminder says besides: other deadlines, reminders that it replaces, for whom it is."""
    lines = values.get(DEADLINES) or ()
    if lines[1:]:
        yield Part(kind="paragraph", text=typographic("Sur le même dossier :"))
        yield Part(kind="list", lines=tuple(_deadline(line) for line in lines[1:]))
    missed = sum(line["missed"] for line in lines)
    if missed:
        could = "n'a pas pu" if missed == 1 else "n'ont pas pu"
        told = f"Ce courriel tient lieu de {counted(missed, 'rappel', 'rappels')} qui {could} partir à temps."
        yield Part(kind="paragraph", text=typographic(told))
    absent = list(dict.fromkeys(plain(line["on_behalf_of"]) for line in lines if line.get("on_behalf_of")))
    if absent:
        told = f"Vous recevez ce rappel parce que vous remplacez {listed(absent)}."
        yield Part(kind="paragraph", text=typographic(told))


def _deadline(line: Mapping[str, Any]) -> str:
    when = "en retard depuis le" if line["late"] else "pour le"
    day = weekday_in_words(date.fromisoformat(line["due_on"]))
    return typographic(f"{plain(line['label'])}, {when} {day}")


def _closing(values: Mapping[str, Any]) -> list[Part]:
    """Return what ends every message: how to answer, where to look."""
    link = values["link"]
    if not values["outside"]:
        return [Part(kind="facts", facts=(("Ouvrir le dossier", plain(link)),))] if link else []
    answer = Part(kind="paragraph", text=typographic(_ANSWER))
    follow = [Part(kind="facts", facts=(("Suivre la demande", plain(link)),))] if link else []
    return [*follow, answer, Part(kind="paragraph", text="Bien cordialement,")]


def _signature(values: Mapping[str, Any]) -> tuple[str, ...]:
    """Return who writes, and how to reach them."""
    contact, service = plain(values["contact"]), plain(values["service"])
    phone, hours, email = values["contact_phone"], values["contact_hours"], values["contact_email"]
    lines = [service] if contact.lower() == service.lower() else [contact, service]
    if phone:
        lines.append(f"Téléphone : {plain(phone)}" + (f" ({plain(hours)})" if hours else ""))
    if email:
        lines.append(f"Courriel : {plain(email)}")
    return tuple(typographic(line) for line in lines)


def _cut(subject: str) -> str:
    if len(subject) <= SUBJECT_LIMIT:
        return subject
    return subject[: SUBJECT_LIMIT - 1].rpartition(" ")[0].rstrip(" –,;:") + "…"
