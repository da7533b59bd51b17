"""The documents say what the code does: examples run, tables are whole, generated pages are fresh."""

import re
import runpy
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from tests.integration.officials import OFFICER, opened

from appui.notifications.template_files import faults_of
from appui.states import errors
from appui.states.effects import BUILT_IN
from appui.states.errors import AppuiError
from appui.states.library import shipped
from appui.states.parsing import parse_procedure
from appui.workflow import Act, Engine, Settings
from appui.workflow.config import Database
from appui.workflow.importing.provider_columns import ALL_HEADERS
from appui.workflow.importing.provider_mapping import parse_provider_mapping
from appui.workflow.themes import themes_of

ROOT = Path(__file__).parents[2]


def _blocks(page: str, language: str) -> list[str]:
    text = (ROOT / page).read_text(encoding="utf-8")
    return re.findall(rf"```{language}\n(.*?)```", text, flags=re.DOTALL)


@pytest.fixture(scope="module")
def generate():
    """The generator, which lies beside the documents."""
    return runpy.run_path(str(ROOT / "docs" / "generate.py"))


def test_the_example_of_the_readme_runs(tmp_path):
    """A developer who pastes it sees deadlines, reasons, an answer given in one form, and a refusal in French."""
    [example] = _blocks("README.md", "python")
    environment = {"APPUI_DATABASE__URL": f"sqlite:///{tmp_path}/appui.db", "PYTHONUTF8": "1"}
    environment["PYTHONPATH"] = ":".join(str(ROOT / each) for each in ("states", "notifications", "workflow"))
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", example],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert "10 jours ouvrés à compter du" in done.stdout
    assert "Répondre localement oui" in done.stdout
    assert done.stdout.splitlines()[-1].startswith("Vous êtes agent instructeur sur ce dossier")


def test_the_example_of_the_look_up_runs(capsys):
    """Who pastes it reads the code of Échiré."""
    [example] = _blocks("docs/how-to/find-an-applicant.md", "python")
    exec(example, {})  # noqa: S102 (our own document)

    assert capsys.readouterr().out == "79109\n"


def test_the_readme_draws_the_procedure_that_the_engine_runs(generate):
    """Its diagram is that of the file, not of last month's."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")

    assert generate["readme"](text) == text


def test_every_named_function_is_in_the_reference(generate):
    """Who writes a procedure finds each name and what it says."""
    page = (ROOT / "docs" / "reference" / "functions.md").read_text(encoding="utf-8")

    assert page == generate["functions_page"]()


def test_every_name_of_a_mail_is_in_the_reference(generate):
    """Who writes a template finds each name, what it says and whether it may be missing."""
    page = (ROOT / "docs" / "reference" / "mail-data.md").read_text(encoding="utf-8")

    assert page == generate["mail_data_page"]()


def test_the_template_of_the_how_to_is_right():
    """Whoever pastes it has a mail."""
    [example] = _blocks("docs/how-to/change-the-mails.md", "jinja")

    assert faults_of("acknowledgement", example.encode()) == []


def test_the_service_of_the_how_to_loads():
    """Whoever pastes it says who writes."""
    [example] = _blocks("docs/how-to/change-the-mails.md", "toml")
    desk = Settings.model_validate(tomllib.loads(example)).service.desk_of("79")

    assert (desk.phone, desk.email) == ("05 00 00 00 02", "guichet@exemple.invalid")


def test_every_code_of_error_stands_in_the_table():
    """A host can rely on one page for what may be raised."""
    page = (ROOT / "docs" / "reference" / "errors.md").read_text(encoding="utf-8")
    listed = set(re.findall(r"^\| `(\w+)` \|", page, flags=re.MULTILINE))
    sources = "".join(
        path.read_text(encoding="utf-8")
        for folder in ("states", "notifications", "workflow")
        for path in (ROOT / folder).rglob("*.py")
    )
    of_classes = {
        each.code for each in vars(errors).values() if isinstance(each, type) and issubclass(each, AppuiError)
    }
    given = set(re.findall(r'\bcode="(\w+)"', sources))

    assert listed == (of_classes - {AppuiError.code}) | given


def test_the_embedding_examples_build_an_engine(tmp_path):
    """The how-to's guard and fact are accepted as they stand."""
    example, _ = _blocks("docs/how-to/embed.md", "python")
    setting = f'Settings(database={{"url": "sqlite:///{tmp_path}/appui.db"}})'
    found: dict[str, object] = {}
    exec(example.replace("Settings.load()", setting), found)  # noqa: S102 (our own page)

    assert isinstance(found["engine"], Engine)


def test_the_embedding_example_acts_on_many_cases(tmp_path):
    """The how-to's list closes cases, tells which were refused, and can be given again."""
    _, example = _blocks("docs/how-to/embed.md", "python")
    found: dict[str, Any] = {}
    exec(example, found)  # noqa: S102 (our own page)
    engine = Engine(Settings(database=Database(url=f"sqlite:///{tmp_path}/appui.db")))
    cases = [opened(engine) for _ in range(3)]
    engine.act(Act(cases[0].id, "comment", {"text": "Vu"}, 1), actor=OFFICER)
    told = [found["close_all"](engine, cases, OFFICER, "2026") for _ in range(2)]
    versions = [engine.get(each.id, actor=OFFICER).version for each in cases]
    engine.stop()

    assert [[case_id for case_id, _ in each] for each in told] == [[cases[0].id]] * 2
    assert versions == [2, 2, 2]


def test_the_extension_of_the_how_to_is_a_sound_procedure(tmp_path):
    """A département that copies it changes a delay and nothing else."""
    [example] = _blocks("docs/how-to/write-a-procedure.md", "toml")
    engine = Engine(Settings(database=Database(url=f"sqlite:///{tmp_path}/appui.db")))
    extended = parse_procedure(example, BUILT_IN, source="guide", bases=engine.library.contents)
    engine.stop()

    assert extended.deadlines["first_answer"].after == "8 working days"
    assert extended.actions.keys() == engine.library.get("engineering_request", 2).actions.keys()


def test_the_mapping_of_the_catalogue_how_to_is_one():
    """Whoever pastes it changes words, not keys."""
    [mapping] = _blocks("docs/how-to/keep-the-catalogue.md", "toml")
    found = parse_provider_mapping(mapping.encode(), themes=themes_of(shipped(BUILT_IN)))

    assert (found.source, found.themes) == ("Plaquette 2026", {"se deplacer": "mobility"})


def test_the_headers_that_the_catalogue_how_to_promises_are_recognised():
    """Each header of its table is one of those that an import knows."""
    page = (ROOT / "docs" / "how-to" / "keep-the-catalogue.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| [a-z][^|]+ \| ([^|]+) \|", page.partition("## Import again")[0], flags=re.MULTILINE)
    promised = {header.strip(" …") for row in rows for header in re.split("[,;]", row)} - {"headers"}

    assert len(promised) > 15
    assert promised <= set(ALL_HEADERS)
