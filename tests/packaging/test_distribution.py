"""The distribution: built as a release would be, and installed beside a package that owns the name `notifications`."""

import hashlib
import importlib.metadata
import json
import subprocess
import sys
import tarfile
import venv
import zipfile
from base64 import urlsafe_b64encode
from collections.abc import Iterable
from pathlib import Path

import pytest

# One worker builds and installs for the whole module.
pytestmark = pytest.mark.xdist_group("distribution")

ROOT = Path(__file__).parents[2]
FOLDERS = ("workflow", "states", "notifications")

WHERE_MODULES_COME_FROM = """
import importlib, json, sys
print(json.dumps({name: importlib.import_module(name).__file__ for name in json.load(sys.stdin)}))
"""


def _run(*command: str | Path, text: str = "", cwd: Path = ROOT) -> str:
    done = subprocess.run(command, input=text, cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def _origins(host: Path, modules: Iterable[str]) -> dict[str, str]:
    """Import these modules in the host's environment, away from our sources, and return the file of each."""
    asked = json.dumps(list(modules))
    return dict(json.loads(_run(host / "bin" / "python", "-I", "-c", WHERE_MODULES_COME_FROM, text=asked, cwd=host)))


@pytest.fixture(scope="module")
def release(tmp_path_factory):
    """The folder with the sdist, and the wheel that was built from it."""
    folder = tmp_path_factory.mktemp("release")
    _run(sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, ROOT)
    return folder


@pytest.fixture(scope="module")
def wheel(release):
    """The path of the wheel."""
    [path] = release.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def host(wheel, tmp_path_factory):
    """A fresh environment where a host's own packages, then the wheel, were installed."""
    folder = tmp_path_factory.mktemp("host")
    venv.create(folder, with_pip=True)
    install = (folder / "bin" / "python", "-m", "pip", "--disable-pip-version-check", "--quiet", "install")
    locks = ROOT / "requirements"
    _run(*install, "--require-hashes", "-r", locks / "run.txt", "-r", locks / "packaging.txt")
    _run(*install, "--no-deps", "--no-index", wheel)
    return folder


@pytest.fixture(scope="module")
def site_packages(host):
    """Where the host's packages lie."""
    [path] = host.glob("lib/python*/site-packages")
    return path


def _installed(name: str, site_packages: Path) -> importlib.metadata.Distribution:
    [distribution] = importlib.metadata.distributions(name=name, path=[str(site_packages)])
    return distribution


def _digest(path: Path) -> str:
    return urlsafe_b64encode(hashlib.sha256(path.read_bytes()).digest()).rstrip(b"=").decode()


def test_the_wheel_holds_every_file_of_the_three_packages(wheel):
    """Procedures, territories, templates, migrations and type markers travel with the code."""
    on_disk = {
        path.relative_to(ROOT / folder).as_posix()
        for folder in FOLDERS
        for path in (ROOT / folder / "appui").rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }
    in_wheel = {name for name in zipfile.ZipFile(wheel).namelist() if name.startswith("appui/")}

    assert in_wheel == on_disk


def test_the_wheel_leaves_the_namespace_open_and_takes_no_other_name(wheel):
    """Three folders of ours, and any a host adds, can share the name appui."""
    names = zipfile.ZipFile(wheel).namelist()

    assert "appui/__init__.py" not in names
    assert {name.split("/")[0] for name in names if ".dist-info/" not in name} == {"appui"}


def test_the_source_release_holds_its_tests_and_locks(release):
    """Who packages appui for a system finds the tests, the locks, the bench and the commands beside the code."""
    [archive] = release.glob("*.tar.gz")
    with tarfile.open(archive) as sdist:
        names = {name.partition("/")[2] for name in sdist.getnames()}

    assert {
        "Makefile",
        "LICENSE",
        "requirements/test.txt",
        "tests/packaging/test_distribution.py",
        "bench/goals.py",
    } <= names


def test_every_module_of_the_wheel_comes_from_it_with_the_pinned_packages_alone(host, wheel, site_packages):
    """What a host installs is what it imports, and nothing that only our tests have is needed."""
    sources = [
        name for name in zipfile.ZipFile(wheel).namelist() if name.endswith(".py") and "/migrations/" not in name
    ]
    modules = {name.removesuffix(".py").removesuffix("/__init__").replace("/", "."): name for name in sources}

    assert _origins(host, modules) == {module: str(site_packages / name) for module, name in modules.items()}


def test_the_bare_name_notifications_stays_the_hosts(host, site_packages):
    """A Django site that shows notifications of its own goes on doing so once appui is installed."""
    found = _origins(host, ["notifications", "notifications.signals"])

    assert found == {
        "notifications": str(site_packages / "notifications" / "__init__.py"),
        "notifications.signals": str(site_packages / "notifications" / "signals.py"),
    }


def test_neither_distribution_wrote_over_a_file_of_the_other(site_packages):
    """Every file of both is byte for byte what its own wheel recorded."""
    theirs, ours = (_installed(name, site_packages) for name in ("django-notifications-hq", "appui"))
    files = {distribution.name: distribution.files or [] for distribution in (theirs, ours)}
    altered = [
        str(file)
        for listed in files.values()
        for file in listed
        if file.hash is not None and file.hash.value != _digest(Path(str(file.locate())))
    ]

    assert set(map(str, files[theirs.name])).isdisjoint(map(str, files[ours.name]))
    assert altered == []


def test_the_release_installs_the_command(host):
    """After pip install, `appui` is there to be called."""
    assert (host / "bin" / "appui").is_file()
