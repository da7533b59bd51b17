"""The program as a terminal or a pipe sees it: exit codes, streams, widths, encodings, and never a traceback."""

import fcntl
import json
import os
import pty
import signal
import struct
import subprocess
import sys
import termios
from contextlib import suppress

import pytest

HOSTILE = "Friche [red]rouge[/red] [link=https://exemple.fr]ici[/link] :warning: {{ 7 * 7 }} %s"


def opened(house, title):
    """Open a case with that title, return its reference."""
    data = '{"need": "x", "themes": ["culture"], "channel": "email", "contact": {"name": "M", "email": "m@x.fr"}}'
    case = house.read("case", "open", "engineering_request", "79049", title, "--as", "m.agent", "--data", data)
    return case["reference"]


def on_a_terminal(command, env, *, columns):
    """Return what a program writes on a terminal of that width."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    with subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=env):
        os.close(theirs)
        with os.fdopen(ours, "rb", buffering=0) as screen:
            return b"".join(parts_of(screen)).decode()


def parts_of(screen):
    """Yield what is written until the program has left the terminal, which Linux tells as an error."""
    with suppress(OSError):
        while part := screen.read(65536):
            yield part


def test_exit_codes_and_streams_are_those_of_a_good_program(house, reference):
    """0 done, 1 refused, 2 wrongly called; answers on stdout, the rest on stderr."""
    done = house.start("case", "show", reference)
    refused = house.start("case", "act", reference, "reopen", "--as", "d.dta", "--data", '{"reason": "x"}')
    misused = house.start("case", "act", reference)

    assert (done.returncode, refused.returncode, misused.returncode) == (0, 1, 2)
    assert (done.stderr, refused.stdout, misused.stdout) == (b"", b"", b"")
    assert b"Traceback" not in refused.stderr + misused.stderr


@pytest.mark.parametrize("words", [["show"], ["explain", "--all"], ["journal"], ["deadlines"], ["messages"]])
def test_what_is_piped_is_plain_and_fits_80_columns(house, reference, words):
    """A page can be sent by mail or kept in a file, whatever colours the environment asks for."""
    name, *options = words
    page = house.start("case", name, reference, *options, FORCE_COLOR="1", COLUMNS="200").stdout.decode()

    assert "\x1b" not in page
    assert max(len(line) for line in page.splitlines()) <= 80


def test_a_terminal_of_80_columns_is_not_overrun(house, reference, surroundings):
    """Colours are for terminals, lines still fit."""
    page = on_a_terminal(house.command("case", "show", reference), surroundings | {"TERM": "xterm"}, columns=80)
    shown = [bare(line) for line in page.splitlines()]

    assert "\x1b[" in page
    assert max(len(line) for line in shown) <= 80


def bare(line):
    """Return a line of a terminal without its colours."""
    parts = line.split("\x1b[")
    return parts[0] + "".join(part.partition("m")[2] for part in parts[1:])


def test_a_terminal_without_accents_gets_question_marks_not_a_crash(house, reference):
    """An old session in ASCII still shows the page, and JSON stays whole."""
    page = house.start("case", "show", reference, PYTHONIOENCODING="ascii")
    answer = house.start("case", "show", reference, "--json", PYTHONIOENCODING="ascii")

    assert page.returncode == 0
    assert b"?tat" in page.stdout
    assert json.loads(answer.stdout)["case"]["data"]["contact"]["name"] == "Mme Secrétaire"


def test_a_reader_that_leaves_early_is_no_failure_to_report(house, reference, surroundings):
    """`appui case explain … | head -1` says nothing on stderr."""
    reading, writing = os.pipe()
    os.close(reading)
    command = house.command("case", "explain", reference, "--all", "--json")
    program = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE, env=surroundings, check=False, timeout=60)
    os.close(writing)

    assert program.stderr == b""


def _at_a_terminal():
    # A shell starts what it puts in the background, these tests perhaps, deaf to Ctrl-C.
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def test_an_interruption_is_quiet(house, reference, surroundings):
    """Ctrl-C while the program waits for its data: exit code 130, nothing said, nothing done."""
    pipe = house.folder / "pipe"
    os.mkfifo(pipe)
    command = house.command("case", "act", reference, "comment", "--as", "m.agent", "--data", f"@{pipe}")
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=surroundings,
        preexec_fn=_at_a_terminal,  # noqa: PLW1509 (no thread runs beside this test)
    ) as program:
        with pipe.open("wb"):
            program.send_signal(signal.SIGINT)
            program.wait(timeout=60)
        said = program.communicate()

    assert (program.returncode, said) == (130, (b"", b""))


def test_markup_in_a_title_is_only_text(house):
    """A title from a letter cannot colour, link or hide anything."""
    reference = opened(house, HOSTILE)
    pages = [
        house.done("case", "show", reference),
        house.done("case", "list"),
        house.done("case", "explain", reference),
    ]

    assert HOSTILE in " ".join(pages[0].split())
    assert "[red]" in pages[1]


@pytest.mark.parametrize("title", ["\x1b[2Jvide", "\x9b31m", "a\u202eb", "\0", "\x07"])
def test_hidden_characters_in_a_title_are_refused_and_not_repeated(house, title):
    """The sentence names the character by its number, the terminal never meets it."""
    result = house.run("case", "open", "engineering_request", "79049", title, "--as", "m.agent", "--data", "{}")

    assert result.exit_code == 1
    assert title not in result.output


def test_bytes_that_are_no_text_on_the_command_line_do_no_harm(house, surroundings):
    """A file name in another encoding reaches the program as it can."""
    command = [os.fsencode(part) for part in house.command("case", "show")]
    result = subprocess.run([*command, b"\xff\xfe"], env=surroundings, capture_output=True, check=False, timeout=60)

    assert result.returncode == 1
    assert b"Traceback" not in result.stderr
    assert result.stderr


def test_help_imports_no_command(surroundings):
    """`appui --help` answers before one wonders: the base's libraries are left alone."""
    program = (
        "import sys, appui.workflow\nbefore = set(sys.modules)\n"
        "import appui.workflow.cli\nprint(*sorted(set(sys.modules) - before))"
    )
    added = subprocess.run([sys.executable, "-c", program], env=surroundings, capture_output=True, check=True)
    names = added.stdout.decode().split()
    heavy = (
        "sqlalchemy",
        "holidays",
        "apscheduler",
        "pydantic",
        "appui.workflow.cli.cases",
        "appui.workflow.importing",
    )

    assert [name for name in names if name.startswith(heavy)] == []
