"""The scenario: the request that every subject opens, and the one action that is timed on it. Plain values."""

from __future__ import annotations

from datetime import UTC, datetime

OPENED_AT = datetime(2026, 2, 27, 15, tzinfo=UTC)
ACTED_AT = datetime(2026, 3, 2, 10, tzinfo=UTC)
"""The clock stands still at both, so that all runs write rows of the same sizes."""
PROCEDURE, VERSION = "engineering_request", 2
COMMUNE = "79109"
"""INSEE code of the applicant; nothing is said about the real commune."""
TITLE = "Friche du bourg"
REQUEST = {
    "need": "Que faire de la friche du bourg ?",
    "themes": ["territory_project"],
    "channel": "email",
    "works_design": False,
    "contact": {"name": "Mme Secrétaire", "email": "mairie@exemple.invalid"},
    "received_on": "2026-02-27",
}
OFFICER = "agent"
PROVIDER = "agence79"
ACTION = "answer_locally"
"""The most frequent of all: a guard, a field that refers to the catalogue, a deadline met, two messages queued."""
ANSWER = {"provider": PROVIDER, "how": "téléphone", "advice": "Commencer par un diagnostic du bourg."}
RECEIVED, ANSWERED = "received", "routed_local"
BUSY_TIMEOUT_SECONDS = 30
"""How long everybody waits for SQLite's one writer, peers included."""
