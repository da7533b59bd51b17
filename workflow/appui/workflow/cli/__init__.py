"""The command line: `appui`. One module a group of commands; everything that a person reads is French."""

from __future__ import annotations

from appui.workflow.cli.app import app
from appui.workflow.cli.terminal import prepare_streams


def main() -> None:
    """Run the command line and exit: 0 done, 1 refused or failed with a sentence on stderr, 2 wrongly called."""
    prepare_streams()
    app(prog_name="appui")
