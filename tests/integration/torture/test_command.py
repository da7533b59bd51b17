"""The command `appui torture`: what it says, its exit codes, and what it leaves behind."""

import json
import os
import signal
import subprocess
import sys

import pytest
from tests.integration.torture.sabotages import Forgetful
from typer.testing import CliRunner

from appui.workflow.cli.app import app

SMALL = ["--minutes", "30", "--actions", "25", "--kills", "2", "--workers", "2", "--seed", "3"]


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Run the command in this process, on the base that the settings of the environment name by default."""
    monkeypatch.setenv("APPUI_DATABASE__URL", f"sqlite:///{tmp_path / 'configured.db'}")
    return lambda *args: CliRunner().invoke(app, ["torture", *args], prog_name="appui")


def test_the_report_tells_what_was_done_and_what_was_found(run, tmp_path):
    """A person reads it in French; the configured base is never touched."""
    result = run(*SMALL, "--base", "sqlite")
    told = " ".join(result.stdout.split())

    assert result.exit_code == 0, result.output
    assert "Épreuve sur SQLite : 2 processus, " in told
    assert "processus tués (kill -9) 2" in told
    assert "commandes acquittées et perdues 0" in told
    assert "Rien de perdu, rien en double, rien de rompu." in told
    assert not (tmp_path / "configured.db").exists()


def test_a_server_of_the_trial_s_own_is_killed_and_restarted_too(run):
    """With an embedded base configured, PostgreSQL is started for the trial, and suffers all that a machine can do."""
    result = run(*SMALL, "--actions", "60", "--base", "postgresql", "--json")
    told = json.loads(result.stdout)

    assert (told["faults"], told["unexpected"], told["trial"]["deaths"]) == ([], {}, 0)
    assert (told["trial"]["own_server"], told["trial"]["hindered"]) == (True, {})
    assert told["trial"]["blows"]["kill"] >= 2
    assert (result.exit_code, told["ok"]) == (0, True)


def test_a_promise_that_was_broken_is_told_by_the_exit_code(run):
    """A scheduled trial raises the alarm by itself."""
    result = run(*SMALL, "--json", "--engine", f"{Forgetful.__module__}:{Forgetful.__name__}")
    told = json.loads(result.stdout)

    assert (result.exit_code, told["ok"]) == (1, False)
    assert told["counts"]["lost"] == len([fault for fault in told["faults"] if fault["kind"] == "lost"]) > 0


@pytest.mark.parametrize(
    "words",
    [
        ["--minutes", "0"],
        ["--minutes", "beaucoup"],
        ["--workers", "1000"],
        ["--actions", "-1"],
        ["--kills", "1.5"],
        ["--seed", "x"],
        ["--base", "oracle"],
        ["--engine", "nothing"],
        ["--engine", "appui.workflow:Nothing"],
        ["--engine", ":"],
    ],
    ids=" ".join,
)
def test_wrong_arguments_are_told_in_one_sentence(run, words):
    """Nothing begins before all that was asked is understood."""
    result = run(*words)
    told, help_ = result.stderr.strip().rsplit("\n", 1)

    assert result.exit_code == 2
    assert words[0] in told
    assert help_ == "Aide : appui torture --help"


def test_an_interrupted_trial_leaves_nothing_behind(tmp_path):
    """Ctrl-C ends the processes of the trial, removes its base, and says so."""
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    program = "from appui.workflow.cli import main; main()"
    with subprocess.Popen(
        [sys.executable, "-c", program, "torture", "--base", "sqlite", "--workers", "2"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        assert "Épreuve sur SQLite" in process.stdout.readline()
        os.killpg(process.pid, signal.SIGINT)
        _, complaint = process.communicate(timeout=60)

    assert process.returncode == 130
    assert " ".join(complaint.split()) == (
        "Épreuve interrompue : ses processus sont arrêtés, sa base est effacée, rien n'a été jugé."
    )
    assert list(tmp_path.glob("appui_torture_*")) == []
