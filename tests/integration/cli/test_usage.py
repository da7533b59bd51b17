"""The command line speaks French even when it is misused: help pages, unknown words, wrong values."""

import re

import pytest
import typer
from typer.testing import CliRunner

from appui.workflow.cli.app import PARTS, app, loaded
from appui.workflow.cli.failures import lines_of
from appui.workflow.cli.french import FrenchGroup, is_usage_error, speak_french, usage_lines

ENGLISH = re.compile(
    r"\b(Usage|Error|Missing|No such|Invalid|Try|required|default:|Commands|COMMAND|ARGS|Show this|unexpected|Aborted"
    r"|TEXT|INTEGER|PATH|is not|does not|valid|Traceback|Did you mean|command|exit)\b|<str>|<int>|<path>"
)
MISUSES = [
    ["nothing"],
    ["case"],
    ["case", "lst"],
    ["case", "list", "--bogus"],
    ["case", "list", "--departement", "79"],
    ["case", "list", "-x"],
    ["case", "list", "extra words"],
    ["case", "list", "--limit"],
    ["case", "list", "--limit", "beaucoup"],
    ["case", "list", "--limit", "-1"],
    ["case", "list", "--limit", "١"],
    ["case", "list", "--open", "--closed"],
    ["case", "show"],
    ["case", "show", "a", "b"],
    ["case", "act", "a"],
    ["case", "act", "a", "b"],
    ["case", "act", "a", "b", "--as"],
    ["case", "act", "a", "b", "--as", "m.agent", "--version", "1.5"],
    ["case", "act", "a", "b", "--as", "m.agent", "--data", "{"],
    ["case", "act", "a", "b", "--as", "m.agent", "--data", "[1]"],
    ["case", "act", "a", "b", "--as", "m.agent", "--data", '{"x": NaN}'],
    ["case", "act", "a", "b", "--as", "m.agent", "--data", '{"x": ' + "[" * 20_000],
    ["case", "act", "a", "b", "--as", "m.agent", "--data", '{"x": ' + "9" * 5_000 + "}"],
    ["case", "act", "a", "b", "--as", "m.agent", "--data", "@absent.json"],
    ["case", "act", "a", "b", "--as", "m.agent", "--data", "@."],
    ["case", "open", "engineering_request", "--as", "m.agent"],
    ["case", "open", "engineering_request", "79049", "--as", "m.agent"],
    ["case", "open", "engineering_request", "79049", "Friche", "du", "bourg", "--as", "m.agent"],
    ["case", "open", "engineering_request", "79049", "Friche", "--by-hand", "{}", "--as", "m.agent"],
    ["case", "open", "engineering_request", "Friche", "--by-hand", "{}", "--as", "m.agent"],
    ["case", "open", "engineering_request", "Friche", "--by-hand", '{"nom": "x"}', "--as", "m.agent"],
    ["case", "journal", "a", "--as-of", "31/03/2026"],
    ["applicant"],
    ["applicant", "find"],
    ["applicant", "find", "La", "Vergne"],
    ["applicant", "find", "Niort", "--limit", "0"],
    ["case", "list", "--json=oui"],
    ["procedure", "diagram"],
    ["user", "grant", "m.agent", "delegate"],
    ["user", "add", "m.agent", "Marie", "--grant", "delegate"],
    ["user", "absence", "m.agent", "demain", "2026-08-31"],
    ["db"],
    ["db", "downgrade"],
]


def pages():
    """Return the words that lead to each command and group."""
    words: list[list[str]] = [[]]
    for name, part in PARTS.items():
        command = loaded(name, part)
        words.append([name])
        if isinstance(command, FrenchGroup):
            words += [[name, each] for each in command.commands]
    return words


@pytest.mark.parametrize("words", pages(), ids=" ".join)
def test_every_help_page_is_french_and_fits(house, words):
    """Help is part of the product: no English word of the library below shows through."""
    page = house.done(*words, "--help")

    assert ENGLISH.search(page) is None
    assert page.startswith("Utilisation : appui")
    assert max(len(line) for line in page.splitlines()) <= 80
    assert "montre cette aide" in page


@pytest.mark.parametrize("words", MISUSES, ids=lambda words: " ".join(words)[:60])
def test_every_misuse_gets_a_french_sentence_and_the_exit_code_2(house, words):
    """A wrong command line says what is wrong, does nothing, and is told from a refusal by its exit code."""
    result = house.run(*words)

    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.strip()
    assert ENGLISH.search(result.stderr) is None


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["case", "lst"], "vouliez-vous dire « list » ?"),
        (["case", "list", "--departement", "79"], "vouliez-vous dire « --department » ?"),
        (["case", "list", "--limit", "beaucoup"], "--limit attend un nombre entier de 1 à 500"),
        (["case", "list", "--limit"], "« --limit » attend une valeur"),
        (["case", "list", "extra words"], "Argument en trop : « extra words »"),
        (["case", "show"], "Il manque DOSSIER"),
        (["case", "show"], "Aide : appui case show --help"),
        (["case", "act", "a", "b", "--as", "m.agent", "--data", "{"], "(ligne 1, colonne 2)"),
        (["user", "absence", "m.agent", "demain", "2026-08-31"], "DU attend une date"),
    ],
)
def test_misuses_say_what_would_be_right(house, words, said):
    """The sentence leads to the right command line."""
    assert said in " ".join(house.run(*words).stderr.split())


def test_nothing_at_all_shows_the_help():
    """Whoever types the bare name wants to know what there is."""
    result = CliRunner().invoke(app, [], prog_name="appui")

    assert result.exit_code == 2
    assert "Commandes" in result.stderr


@pytest.mark.parametrize("value", ["x", "1.5", ""])
def test_commands_written_elsewhere_speak_french_too(value):
    """A host's own command with plain types gets French errors when it is given a wrong value."""
    other = typer.Typer(add_completion=False)
    holder = typer.Typer(add_completion=False)

    @other.command()
    def count(number: int) -> None:
        """Compte."""

    @other.command()
    def again() -> None:
        """Recompte."""

    holder.add_typer(other, name="autre")
    command = typer.main.get_group(speak_french(holder))

    with pytest.raises(typer.BadParameter) as misuse:
        command.main(["autre", "count", value], standalone_mode=False)

    assert is_usage_error(misuse.value)
    assert usage_lines(misuse.value)[0] == "La valeur de NUMBER ne convient pas : attendu un nombre entier."


def test_a_configuration_that_is_missing_or_wrong_is_told(house):
    """The sentence of the configuration reaches the terminal as it is."""
    missing = CliRunner().invoke(app, ["--config", str(house.folder / "absent.toml"), "case", "list"])
    house.config.write_text("[mail]\nrecall = 3\n")
    wrong = house.run("case", "list")

    assert (missing.exit_code, wrong.exit_code) == (1, 1)
    assert "n'existe pas" in missing.stderr
    assert "mail.recall" in wrong.stderr


def test_a_refusal_of_the_system_is_told_in_french(house):
    """A base that cannot be where the configuration puts it: the place and the cause are named."""
    (house.folder / "fichier").write_text("")
    house.config.write_text(f'[database]\nurl = "sqlite:///{(house.folder / "fichier" / "x.db").as_posix()}"\n')
    result = house.run("case", "list")

    assert (result.exit_code, result.stdout) == (1, "")
    assert ENGLISH.search(result.stderr.replace(str(house.folder), "")) is None
    assert "imprévue" not in result.stderr


def test_an_unforeseen_error_is_one_sentence_and_its_detail_on_demand():
    """A bug is told without a traceback; whoever maintains appui can ask for it."""
    error = ZeroDivisionError("division by zero")
    told, detailed = lines_of(error, debug=False), lines_of(error, debug=True)

    assert len(told) == 1
    assert "ZeroDivisionError" in told[0]
    assert "--debug" in told[0]
    assert "division by zero" not in told[0]
    assert detailed == ["ZeroDivisionError: division by zero"]
