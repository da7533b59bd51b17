"""The group of commands `appui import`, one module a command."""

from __future__ import annotations

import typer

from appui.workflow.importing.provider_command import providers
from appui.workflow.importing.request_command import requests

app = typer.Typer(help="Reprendre ce que le service tient ailleurs.", no_args_is_help=True)


@app.callback()
def group() -> None:
    """Reprendre ce que le service tient ailleurs."""


app.command("requests")(requests)
app.command("providers")(providers)
