"""Older bases: as a former version of the program left them."""

from alembic import command

from appui.workflow.db import upgrading
from appui.workflow.db.database import Database

FIRST = "0001"


def at_first(url: str) -> Database:
    """Return a base as the first version of the program left it, empty."""
    database = Database(url)
    config = upgrading._config()
    config.attributes["version_table"] = upgrading.VERSION_TABLE
    with database.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, FIRST)
    return database
