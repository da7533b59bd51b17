"""The house: what stands where, and what none of its files may say."""

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from appui.states.actor import ROLES

ROOT = Path(__file__).parents[2]
FOLDERS = ("workflow", "states", "notifications")
ADRS = sorted((ROOT / "docs" / "adr").glob("*.md"))
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))

NEVER_SAID = {
    "a package host": r"pypi\.org|pythonhosted\.org|npmjs\.org|deb\.debian\.org",
    "a place on one machine": r"(?<![\w.~/-])/(?:home|mnt|opt|root|tmp|work|Users)/",
    "a folder that no reader has": r"(?<![\w./-])shared[/]",
}


def _files_of_the_project() -> list[Path]:
    """Return what git tracks or would track."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],  # noqa: S607 - git is found by the shell's path
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    return [ROOT / name for name in listing.stdout.split("\0") if name and (ROOT / name).is_file()]


def _pins(lock: Path) -> list[Requirement]:
    return [Requirement(line.rstrip("\\ ")) for line in lock.read_text().splitlines() if re.match(r"[a-z0-9]", line)]


def _imported(source: Path) -> set[str]:
    """Return the top-level names that a module imports."""
    nodes = list(ast.walk(ast.parse(source.read_text())))
    plain = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    from_ = {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}
    return {name.split(".")[0] for name in plain | from_}


@pytest.mark.parametrize("folder", FOLDERS)
def test_each_source_folder_holds_its_slice_of_the_namespace_and_nothing_else(folder):
    """A host may own packages called workflow, states or notifications: ours all live under appui."""
    slices = [path.name for path in (ROOT / folder / "appui").iterdir() if path.name != "__pycache__"]

    assert slices == [folder]


@pytest.mark.parametrize("folder", FOLDERS)
def test_each_package_says_that_it_is_typed(folder):
    """A host that checks its types sees ours."""
    assert (ROOT / folder / "appui" / folder / "py.typed").is_file()


@pytest.mark.parametrize("what", NEVER_SAID)
def test_no_file_names(what):
    """What is written here must serve on any machine, and with any registry."""
    pattern = re.compile(NEVER_SAID[what])
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()[:120]}"
        for path in _files_of_the_project()
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), start=1)
        if pattern.search(line)
    ]

    assert found == []


def test_states_stands_on_the_standard_library_and_transitions_alone():
    """What is true is decided without a framework."""
    allowed = {*sys.stdlib_module_names, "appui", "transitions"}
    strangers = {
        f"{source.name}: {name}"
        for source in (ROOT / "states").rglob("*.py")
        for name in _imported(source)
        if name not in allowed
    }

    assert strangers == set()


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_a_lock_holds_pins_and_hashes_but_no_address(lock):
    """Whoever installs chooses the registry, and gets the same bytes from each."""
    pins = _pins(lock)

    assert pins
    assert all(str(pin.specifier).startswith("==") for pin in pins)
    assert "://" not in lock.read_text()


def test_every_dependency_is_pinned_within_its_range():
    """A range that was changed without `make lock` would never reach who installs by the lock."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    asked = {
        "run.txt": project["dependencies"],
        "test.txt": project["dependencies"] + project["optional-dependencies"]["test"],
        "bench.txt": project["dependencies"] + project["optional-dependencies"]["bench"],
    }
    pinned = {name: {canonicalize_name(pin.name): pin for pin in _pins(ROOT / "requirements" / name)} for name in asked}
    unanswered = [
        f"{name}: {text}"
        for name, texts in asked.items()
        for text in texts
        if (pin := pinned[name].get(canonicalize_name(Requirement(text).name))) is None
        or not Requirement(text).specifier.contains(str(pin.specifier).removeprefix("=="))
    ]

    assert unanswered == []


@pytest.mark.parametrize("adr", ADRS, ids=lambda adr: adr.stem)
def test_a_decision_says_why_what_and_what_else(adr):
    """Who inherits a choice finds its context, its price and what was set aside."""
    headings = re.findall(r"^## (.+)$", adr.read_text(), flags=re.MULTILINE)

    assert headings == ["Context", "Decision", "Consequences", "Alternatives"]


def test_decisions_are_numbered_without_a_gap():
    """A number, once given, names one decision for good."""
    assert [adr.name[:4] for adr in ADRS] == [f"{number:04}" for number in range(1, len(ADRS) + 1)]


def test_the_index_leads_to_every_document():
    """Nothing that is written stays unfound."""
    index = (ROOT / "docs" / "index.md").read_text()
    documents = (path.relative_to(ROOT / "docs").as_posix() for path in (ROOT / "docs").rglob("*.md"))

    assert [name for name in documents if name != "index.md" and f"({name}" not in index] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_between_documents_lead_somewhere(document):
    """A reader never follows a link to nothing."""
    targets = re.findall(r"\]\(([^)#\s]+)[^)]*\)", document.read_text())
    local = [target for target in targets if "://" not in target and not target.startswith("mailto:")]

    assert [target for target in local if not (document.parent / target).exists()] == []


@pytest.mark.parametrize("role", ROLES)
def test_the_glossary_defines_every_role(role):
    """A role that a procedure names is explained in words."""
    assert f"`{role}`" in (ROOT / "docs" / "glossary.md").read_text()
