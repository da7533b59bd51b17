"""A base with two people, a provider and one request, and the command line on it."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from appui.workflow.cli.app import app

ROOT = Path(__file__).parents[3]
REQUEST = {
    "need": "Que faire de la friche du bourg ?",
    "themes": ["territory_project"],
    "channel": "phone",
    "contact": {"name": "Mme Secrétaire", "email": "mairie@bressuire.example"},
}


class House:
    """A folder with a configuration and a base, and the command line used there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.config = folder / "config.toml"
        self.base = folder / "appui.db"
        self.config.write_text(f'[database]\nurl = "sqlite:///{self.base.as_posix()}"\n')

    def run(self, *args: str, given: str | bytes | None = None) -> Result:
        """Run a command in this process."""
        return CliRunner().invoke(app, ["--config", str(self.config), *args], input=given, prog_name="appui")

    def command(self, *args: str) -> list[str]:
        """Return how a command is started as a program of its own."""
        return [sys.executable, "-c", _PROGRAM, "--config", str(self.config), *args]

    def start(self, *args: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
        """Run a command as a program of its own, its outputs piped."""
        return subprocess.run(
            self.command(*args), env=_environment() | environment, capture_output=True, timeout=60, check=False
        )

    def done(self, *args: str, given: str | bytes | None = None) -> str:
        """Run a command that has to succeed; return what it printed."""
        result = self.run(*args, given=given)
        assert result.exit_code == 0, result.output
        return result.stdout

    def read(self, *args: str) -> Any:
        """Run a command that has to succeed with `--json`; return what it says."""
        return json.loads(self.done(*args, "--json"))


_PROGRAM = "from appui.workflow.cli import main; main()"


def _environment() -> dict[str, str]:
    path = os.pathsep.join(str(ROOT / name) for name in ("workflow", "states", "notifications"))
    kept = {name: value for name, value in os.environ.items() if name != "COLUMNS" and not name.startswith("APPUI_")}
    return {**kept, "PYTHONPATH": path}


@pytest.fixture(scope="session")
def surroundings() -> dict[str, str]:
    """The environment of a program that runs from these sources."""
    return _environment()


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder to copy: people, a provider and a request."""
    house = House(tmp_path_factory.mktemp("model"))
    house.done(
        "user", "add", "m.agent", "Marie Agent", "--phone", "05 00 00 00 01", "--grant", "case_officer@department:79"
    )
    house.done("user", "add", "d.dta", "Denis Adjoint", "--grant", "deputy_delegate@department:79")
    house.done("provider", "add", "caue79", "CAUE 79", "CAUE", "--territory", "department:79")
    house.done(
        "case",
        "open",
        "engineering_request",
        "79049",
        "Friche du bourg",
        "--as",
        "m.agent",
        "--data",
        json.dumps(REQUEST),
    )
    return house.folder


@pytest.fixture
def house(model: Path, tmp_path: Path) -> House:
    """A base of one's own with one request."""
    shutil.copy(model / "appui.db", tmp_path / "appui.db")
    return House(tmp_path)


@pytest.fixture
def empty_house(tmp_path: Path) -> House:
    """A configuration whose base does not exist yet."""
    return House(tmp_path)


@pytest.fixture
def reference(house: House) -> str:
    """The reference of the request, whatever the year in which the test runs."""
    return str(house.read("case", "list")["items"][0]["reference"])
