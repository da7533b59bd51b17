"""`appui db`: the tables, brought to the present revision or compared with it."""

from __future__ import annotations

import typer

from appui.workflow.cli.access import settings_of
from appui.workflow.cli.json_output import write_json
from appui.workflow.cli.options import Json
from appui.workflow.cli.terminal import say
from appui.workflow.config import Settings
from appui.workflow.db.database import Database

databases = typer.Typer(help="La base : la mettre à jour, ou voir si elle l'est.")


@databases.command()
def upgrade(ctx: typer.Context) -> None:
    """Crée les tables ou les met à jour ; une base SQLite est copiée à côté d'elle-même avant de changer."""
    database = database_of(settings_of(ctx))
    try:
        already = database.is_current()
        database.upgrade()
    finally:
        database.dispose()
    say("La base était déjà à jour." if already else "La base est à jour.")


@databases.command()
def check(ctx: typer.Context, *, json: Json = False) -> None:
    """Dit si les tables sont celles que ce programme attend ; le code de sortie est 1 quand elles ne le sont pas."""
    database = database_of(settings_of(ctx))
    try:
        current = database.is_current()
    finally:
        database.dispose()
    if json:
        write_json({"current": current})
    else:
        say("✓ La base est à jour." if current else "✗ La base n'est pas à jour : lancez « appui db upgrade ».")
    if not current:
        raise typer.Exit(1)


def database_of(settings: Settings) -> Database:
    """Return the database of the configuration; nothing is opened, created or upgraded yet."""
    return Database(
        settings.database.url,
        schema=settings.database.schema_name,
        pool_size=settings.database.pool_size,
        busy_timeout_seconds=settings.database.busy_timeout_seconds,
    )
