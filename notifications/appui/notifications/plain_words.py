"""Plain words: what a message says when nobody has written a template for it."""

from __future__ import annotations

from html import escape

from appui.notifications.message import Message
from appui.notifications.words import Words
from appui.states.case import Case
from appui.states.procedure import Procedure


def plain_words(message: Message, case: Case, procedure: Procedure) -> Words:
    """Return the notice, the case that it is about, and where that case stands, in the words that applicants read."""
    state = procedure.states[case.state]
    paragraphs = [
        f"{message.label}.",
        f"Demande {case.reference} : {case.title} ({case.applicant.name}).",
        f"Où elle en est : {state.public_label}.",
    ]
    if "{{" not in state.public_sentence:
        paragraphs.append(state.public_sentence)
    subject = f"{message.label} – {case.reference}"
    body = "\n".join(f"<p>{escape(each)}</p>" for each in paragraphs)
    head = f'<!doctype html>\n<html lang="fr"><head><title>{escape(subject)}</title></head>'
    page = f"{head}<body>\n{body}\n</body></html>\n"
    return Words(subject=subject, text="".join(f"{each}\n\n" for each in paragraphs), html=page)
