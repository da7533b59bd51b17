"""The mails as their readers get them: each notice to each kind of reader, with the values of a fictive case."""

from functools import cache
from pathlib import Path

from appui.notifications.data import samples
from appui.notifications.notices import notices
from appui.notifications.template_files import Templates

KEPT = Path(__file__).parent / "mails"
WITHIN = {"outside": False, "for_applicant": False}
READERS = {
    "applicant": {},
    "participants": {"for_applicant": False},
    "consulted": {"for_applicant": False},
    "awaited": {"for_applicant": False},
    "provider": {"for_applicant": False},
    "unsigned": {"for_applicant": False},
    "assignee": WITHIN,
    "in_charge": WITHIN,
}
"""Recipient rule → what is other than for the applicant."""
TEMPLATES = Templates()


def values_for(rule, **others):
    """Return the values of a fictive message to whom a rule finds."""
    return samples() | READERS.get(rule, WITHIN) | others


@cache
def mails():
    """Return (notice, rule, words) of every mail; reminders also after their date."""
    found = []
    for notice in notices().values():
        for rule in notice.to:
            found.append((notice.key, rule, TEMPLATES.words(notice.key, values_for(rule))))
            if "overdue" in TEMPLATES.names(notice.key):
                late = TEMPLATES.words(notice.key, values_for(rule, overdue=True))
                found.append((notice.key, f"{rule} (late)", late))
    return found


def as_kept(key):
    """Return the mails of a notice as its snapshot keeps them."""
    pages = [
        f"== {rule}\nSubject: {words.subject}\n\n{words.text}\n-- HTML\n{words.html}\n"
        for notice, rule, words in mails()
        if notice == key
    ]
    return "".join(pages)


def write():
    """Write the snapshots anew: read what changed before it is committed."""
    KEPT.mkdir(exist_ok=True)
    for key in notices():
        (KEPT / f"{key}.txt").write_text(as_kept(key), encoding="utf-8")
