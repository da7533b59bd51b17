"""`appui worker`: it watches until it is stopped, or sees to what is due and stops by itself."""

import signal
import subprocess

from tests.integration.cli.conftest import _environment


def test_once_sees_to_what_is_due_and_stops(house):
    """For a timer of the system, or a test."""
    assert house.done("worker", "--once") in ("Aucune échéance à traiter.\n", "1 échéance traitée.\n")


def test_a_worker_says_what_it_does_and_stops_when_asked(house):
    """One line, then nothing until SIGTERM; the exit code is that of a success."""
    process = subprocess.Popen(
        house.command("worker"), env=_environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    said = process.stdout.readline()
    process.send_signal(signal.SIGTERM)
    rest, complaints = process.communicate(timeout=60)

    assert said == "appui surveille les échéances, jusqu'à SIGTERM ou Ctrl-C.\n"
    assert (rest, complaints, process.returncode) == ("appui ne surveille plus les échéances.\n", "", 0)
