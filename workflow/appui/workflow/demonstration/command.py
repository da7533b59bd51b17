"""The command `appui demo`."""

from __future__ import annotations

from pathlib import Path

from appui.workflow.cli.terminal import console
from appui.workflow.demonstration.performance import play
from appui.workflow.demonstration.telling import Teller

FOLDER = Path("var/demo")
"""Where the base of the demonstration is made, from the folder in which the program runs."""


def demo() -> None:
    """Suit deux demandes fictives de bout en bout, puis reprend un vrai tableau, sur une base refaite à chaque fois."""
    play(Teller(console()), FOLDER).stop()
