"""The Django site of both Django peers: one base, connections kept open, nothing that an action does not need."""

from __future__ import annotations

from typing import Any

import django
import psycopg
from django.apps import apps
from django.conf import settings

from bench.databases import Place
from bench.scenario import BUSY_TIMEOUT_SECONDS


def configure(place: Place, *, installed: tuple[str, ...] = ()) -> None:
    """Configure Django for a base; a process has one site, hence one base."""
    settings.configure(
        DATABASES={"default": _database(place)},
        INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", *installed, "bench.subjects"],
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        USE_TZ=True,
    )
    django.setup()


def create_tables() -> None:
    """Run the migrations of what is installed, then create the tables of our models, which have none."""
    from django.core.management import call_command
    from django.db import connection

    call_command("migrate", verbosity=0)
    with connection.schema_editor() as editor:
        for model in apps.get_app_config("subjects").get_models():
            editor.create_model(model)


def _database(place: Place) -> dict[str, Any]:
    if place.dialect == "sqlite":
        # As Django's documentation advises for sites with several processes. `synchronous` stays SQLite's own, FULL.
        options = {"transaction_mode": "IMMEDIATE", "timeout": BUSY_TIMEOUT_SECONDS}
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": place.target, "OPTIONS": options}
    parts = psycopg.conninfo.conninfo_to_dict(place.target)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts["dbname"],
        "USER": parts["user"],
        "HOST": parts["host"],
        "CONN_MAX_AGE": None,
    }
