"""The configuration is read from a file and from the environment, and every fault of it is said in French."""

import json
import os
import re
import tomllib
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from appui.states.errors import InvalidConfig
from appui.workflow.config import Calendars, ClosedDay, Database, Documents, Envelope, Settings
from appui.workflow.config_faults import keys_of, mask_password, model_in

REFERENCE = Path(__file__).parents[3] / "config.toml"
ENGLISH = re.compile(
    r"\b(input|should|valid|value|field|required|string|integer|extra|permitted|must|error)\b", re.IGNORECASE
)


@pytest.fixture(autouse=True)
def _no_variables(monkeypatch):
    for name in [name for name in os.environ if name.upper().startswith("APPUI_")]:
        monkeypatch.delenv(name)


@pytest.fixture
def write(tmp_path):
    """Write a configuration and return its path."""

    def write(content):
        path = tmp_path / "config.toml"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def refusal_of(path=None):
    """Return the sentence with which a configuration is refused."""
    with pytest.raises(InvalidConfig) as refusal:
        Settings.load(path)
    return str(refusal.value)


def keys(model, prefix=()):
    """Return the path of every key of a model, those of its lists included."""
    for key, field in keys_of(model).items():
        inner = model_in(field.annotation)
        yield (*prefix, key)
        yield from keys(inner, (*prefix, key)) if inner else ()


def written(place, prefix=()):
    """Return the path of every key that a file holds."""
    if isinstance(place, list):
        for item in place:
            yield from written(item, prefix)
    if isinstance(place, dict):
        for key, value in place.items():
            yield (*prefix, key)
            yield from written(value, (*prefix, key))


def with_examples(content):
    """Return the reference with its examples of lists written out."""
    live = "\n".join(line for line in content.splitlines() if not line.endswith(" = []"))
    start = live.index("# [[calendars.closed_days]]")
    return live[:start] + re.sub(r"^# ?", "", live[start:], flags=re.MULTILINE)


def test_without_a_file_the_defaults_hold():
    """`appui run` needs no configuration."""
    loaded = Settings.load()

    assert loaded == Settings()
    assert loaded.database == Database()
    assert loaded.database.url == "sqlite:///var/appui.db"
    assert (loaded.database.pool_size, loaded.database.busy_timeout_seconds, loaded.database.schema_name) == (
        4,
        30,
        None,
    )
    assert (loaded.documents.max_bytes, loaded.mail.recall_minutes) == (20 * 1024 * 1024, 10)
    assert (loaded.envelopes, loaded.calendars.closed_days, loaded.procedures.folder) == ((), (), None)


def test_the_reference_file_says_the_defaults():
    """An operator may start from config.toml without changing anything."""
    assert Settings.load(REFERENCE) == Settings()


def test_every_key_stands_in_the_reference_file():
    """Nothing that can be set is hidden, no key there is dead, and only the items of lists are mere examples."""
    content = REFERENCE.read_text(encoding="utf-8")
    lists = [path for path in keys(Settings) if path[-1] in {"envelopes", "closed_days", "departments"}]
    in_lists = {path for path in keys(Settings) for place in lists if path[: len(place)] == place and path != place}

    assert set(written(tomllib.loads(with_examples(content)))) == set(keys(Settings))
    assert set(written(tomllib.loads(content))) == set(keys(Settings)) - in_lists


def test_the_examples_of_the_reference_file_load(write):
    """What stands as an example works once its signs of comment are taken away."""
    loaded = Settings.load(write(with_examples(REFERENCE.read_text(encoding="utf-8"))))

    assert loaded.envelope_of("79", 2026) == 15_000_000
    assert loaded.calendars.closed_days_in("79") == {date(2026, 5, 15): "pont de l'Ascension"}
    assert loaded.service.desk_of("79").email == "guichet@exemple.invalid"


def test_every_key_says_what_would_be_right():
    """The sentence of a refusal ends with the description of the key."""

    def described(model):
        for field in keys_of(model).values():
            inner = model_in(field.annotation)
            yield field.description
            yield from described(inner) if inner else ()

    assert all(described(Settings))


def test_the_file_changes_the_defaults_and_the_environment_changes_the_file(write, monkeypatch):
    """Variables pass before the file, key by key."""
    path = write('[database]\nurl = "sqlite:///a.db"\npool_size = 7\n[mail]\nrecall_minutes = 3\n')
    monkeypatch.setenv("APPUI_DATABASE__URL", "postgresql://app@base/appui")
    monkeypatch.setenv("APPUI_DATABASE__SCHEMA", "appui")
    loaded = Settings.load(path)

    assert (loaded.database.url, loaded.database.schema_name) == ("postgresql://app@base/appui", "appui")
    assert (loaded.database.pool_size, loaded.mail.recall_minutes) == (7, 3)


def test_a_list_is_given_by_a_variable_as_json(monkeypatch):
    """A container may be configured without a file."""
    monkeypatch.setenv("APPUI_ENVELOPES", '[{"department": "2A", "year": 2026, "granted_cents": 5}]')
    monkeypatch.setenv("APPUI_CALENDARS__CLOSED_DAYS", '[{"department": "all", "on": "2026-05-15", "label": "pont"}]')
    loaded = Settings.load()

    assert loaded.envelopes == (Envelope(department="2A", year=2026, granted_cents=5),)
    assert loaded.calendars.closed_days_in("79") == {date(2026, 5, 15): "pont"}


def test_settings_made_by_hand_read_no_environment(monkeypatch):
    """A host that gives its settings gets those."""
    monkeypatch.setenv("APPUI_MAIL__RECALL_MINUTES", "3")

    assert Settings().mail.recall_minutes == 10


def test_settings_cannot_be_changed():
    """What was checked at the start stays so."""
    with pytest.raises(ValueError, match="frozen"):
        Settings().mail.recall_minutes = 3


@pytest.mark.parametrize("value", ["", "  "])
def test_an_empty_text_unsets_what_is_optional(monkeypatch, value):
    """A variable cannot be absent in every deployment tool: empty means none."""
    for name in ("DATABASE__SCHEMA", "DOCUMENTS__FOLDER", "PROCEDURES__FOLDER"):
        monkeypatch.setenv(f"APPUI_{name}", value)

    assert Settings.load() == Settings()


@pytest.mark.parametrize(
    ("database", "documents", "folder"),
    [
        (Database(), Documents(), "var/documents"),
        (Database(url="sqlite:////srv/appui/cases.db?mode=rw"), Documents(), "/srv/appui/documents"),
        (Database(url="sqlite:///cases.db"), Documents(), "documents"),
        (Database(url="postgresql://app@base/appui"), Documents(), "var/documents"),
        (Database(), Documents(folder=Path("pièces")), "pièces"),
    ],
    ids=["default", "absolute", "relative", "PostgreSQL", "configured"],
)
def test_documents_are_kept_beside_the_base_unless_told_otherwise(database, documents, folder):
    """One folder to save holds the base and its documents."""
    assert Settings(database=database, documents=documents).documents_folder == Path(folder)


def test_a_departements_own_closed_day_wins_over_that_of_all():
    """The label shown is the nearest one, and other départements' days do not count."""
    day = date(2026, 5, 15)
    calendars = Calendars(
        closed_days=(
            ClosedDay(department="79", on=day, label="pont local"),
            ClosedDay(department="all", on=day, label="pont"),
            ClosedDay(department="86", on=date(2026, 5, 18), label="foire"),
        )
    )

    assert calendars.closed_days_in("79") == {day: "pont local"}
    assert calendars.closed_days_in("17") == {day: "pont"}


def test_no_envelope_is_told_from_an_empty_one():
    """None means no ceiling; zero means nothing may be committed."""
    configured = Settings(envelopes=(Envelope(department="79", year=2026, granted_cents=0),))

    assert (configured.envelope_of("79", 2026), configured.envelope_of("79", 2027)) == (0, None)


def test_every_fault_is_named_at_once_with_its_place_and_its_remedy(write, monkeypatch):
    """The operator corrects the file in one go."""
    monkeypatch.setenv("APPUI_DATABASE__POOL", "4")
    monkeypatch.setenv("APPUI_MAIL__RECALL_MINUTES", "dix")
    refusal = refusal_of(
        write(
            'envelopes = [{ department = 79, year = true }]\nwat = 1\n[database]\npool_size = 0\nschemaa = "x"\n'
            '[calendars]\nclosed_days = [{ department = "999", on = 20260515, label = " " }]\n'
        )
    )

    for sentence in (
        "la variable APPUI_DATABASE__POOL est inconnue ; vouliez-vous dire APPUI_DATABASE__POOL_SIZE ?",
        "database.pool_size : « 0 » ne convient pas ; il faut un nombre entier de connexions, de 1 à 100",
        "database.schemaa : clé inconnue ; vouliez-vous dire « schema » ?",
        "wat : clé inconnue ; les clés possibles sont database, documents, calendars, envelopes, procedures, mail",
        "calendars.closed_days[n° 1].department : « 999 » ne convient pas",
        "calendars.closed_days[n° 1].on : « 20260515 » ne convient pas ; il faut une date",
        "calendars.closed_days[n° 1].label : un texte vide ne convient pas",
        "envelopes[n° 1].department : « 79 » ne convient pas ; il faut le code d'un département entre guillemets",
        "envelopes[n° 1].year : « true » ne convient pas",
        "envelopes[n° 1].granted_cents : manque ; il faut un montant en centimes",
        "mail.recall_minutes (variable APPUI_MAIL__RECALL_MINUTES) : « dix » ne convient pas",
    ):
        assert sentence in refusal
    assert "config.toml" in refusal


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("[database]\npool_size = 4.0", "« 4.0 » ne convient pas"),
        ("[database]\npool_size = '4 000'", "« 4 000 » ne convient pas"),
        ("[database]\npool_size = [4]", "une liste ne convient pas"),
        ("[database]\npool_size = { max = 4 }", "une table ne convient pas"),
        ("[database]\npool_size = 0x" + "f" * 9000, "un nombre démesuré ne convient pas"),
        ("[database]\npool_size = nan", "« nan » ne convient pas"),
        ("[database]\nschema = 'É'\nurl = 'postgresql://a@b/c'", "database.schema : « É »"),
        ("[database]\nschema = 'appui'", "ne vaut que pour PostgreSQL"),
        ("[database]\nurl = 3", "database.url : « 3 » ne convient pas"),
        ("database = 3", "il faut une table [database]"),
        ("[documents]\nmax_bytes = 0", "(1 Gio)"),
        ('[documents]\nfolder = "a\\u0000"', "le chemin d'un dossier"),
        (f"[documents]\nfolder = '{__file__}'", "le chemin d'un dossier"),
        ("[procedures]\nfolder = '/n/existe/pas'", "qui existe"),
        (f"[procedures]\nfolder = '{'x' * 5000}'", "qui existe"),
        ("[procedures]\nfolder = 3", "procedures.folder : « 3 »"),
        ("[mail]\nrecall_minutes = 1441", "de 0 à 1440"),
        ("[mail]\nrecall_minutes = -1", "de 0 à 1440"),
        ("[mail]\nhost = 'smtp exemple'", "le nom du serveur de courriel"),
        ("[mail]\nhost = 'smtp.exemple.fr'", "il faut un expéditeur"),
        ("[mail]\nport = 0", "un numéro de port"),
        ("[mail]\nsecurity = 'ssl'", "« starttls », « tls » ou « none »"),
        ("[mail]\nca_file = '/n/existe/pas'", "un fichier de certificats"),
        ("[mail]\nsender = 'Guichet'", "« Nom <adresse@exemple.fr> »"),
        ("[mail]\nsender = 'a@b.fr, c@d.fr'", "« Nom <adresse@exemple.fr> »"),
        ("[mail]\nonly_to = 'moi'", "une adresse de courriel"),
        ("[mail]\nconnections = 5", "de 1 à 4"),
        ("[mail]\nwindow = 9", "de 1 à 8"),
        ("[mail]\nuser = 'appui'", "APPUI_MAIL__PASSWORD"),
        ("[mail]\nuser = 'appui'\nsecurity = 'none'", "n'est pas envoyé en clair"),
        ("envelopes = 3", "envelopes : « 3 » ne convient pas ; il faut des tables"),
        ("envelopes = [3]", "envelopes[n° 1] : « 3 » ne convient pas ; il faut des tables"),
        ("[[envelopes]]\ndepartment = 'all'\nyear = 2026\ngranted_cents = 1", "envelopes[n° 1].department"),
        ("[[envelopes]]\ndepartment = '79'\nyear = 2026\ngranted_cents = -1", "nombre entier positif"),
        ("[[envelopes]]\ndepartment = '79'\nyear = 26\ngranted_cents = 1", "de 2000 à 2100"),
        (
            "[[envelopes]]\ndepartment = '79'\nyear = 2026\ngranted_cents = 1\n" * 2,
            "l'enveloppe 2026 de « 79 » est donnée deux fois",
        ),
        (
            "[[calendars.closed_days]]\ndepartment = '79'\non = 2026-05-15\nlabel = 'pont'\n" * 2,
            "le jour 2026-05-15 est fermé deux fois pour « 79 »",
        ),
        ("[[calendars.closed_days]]\ndepartment = '79'\non = 2026-05-15T00:00:00\nlabel = 'x'", "il faut une date"),
        ("[[calendars.closed_days]]\ndepartment = '79'\non = 'hier'\nlabel = 'x'", "« hier »"),
        (f"[[calendars.closed_days]]\ndepartment = '79'\non = 2026-05-15\nlabel = '{'x' * 101}'", "100 caractères"),
        ("'a\\u0007b c' = 1", "clé inconnue"),
        ('"\\u0007\\n" = 1', "�� : clé inconnue"),
    ],
)
def test_a_wrong_value_is_quoted_with_what_would_be_right(write, content, says):
    """One sentence in French, never the validator's own English."""
    refusal = refusal_of(write(content))

    assert says in refusal
    assert ENGLISH.search(refusal) is None
    assert refusal.isprintable()
    assert len(refusal) < 1000


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"[database\n", "n'est pas du TOML valide (ligne 1, colonne 10)"),
        (b"a = 1\na = 2\n", "n'est pas du TOML valide"),
        (b"a = " + b"9" * 5000, "n'est pas du TOML valide"),
        (b"a = " + b"[" * 100_000, "n'est pas du TOML valide"),
        (b"# \xe9\n", "n'est pas en UTF-8 (ligne 1)"),
        (b"a = 1\n\xff\xfe", "n'est pas en UTF-8 (ligne 2)"),
        (b"\0", "n'est pas du TOML valide"),
        (b"#" * (1024 * 1024 + 1), "est trop grand : 1 Mio au plus"),
    ],
    ids=["open", "twice", "digits", "nested", "latin", "utf-16", "NUL", "1 MiB"],
)
def test_a_file_that_is_no_configuration_is_refused_with_its_place(write, content, says):
    """The sentence says where to look and what to do."""
    refusal = refusal_of(write(content))

    assert says in refusal
    assert ENGLISH.search(refusal) is None


def test_a_file_written_by_notepad_is_read(write):
    """A byte order mark and Windows line ends change nothing."""
    assert Settings.load(write(b"\xef\xbb\xbf[mail]\r\nrecall_minutes = 3\r\n")).mail.recall_minutes == 3


def test_an_absent_file_a_folder_and_an_impossible_path_are_named(tmp_path):
    """The path asked for is in the sentence."""
    absent, impossible = tmp_path / "absent.toml", Path("a\0b")

    assert str(absent) in refusal_of(absent)
    assert "n'existe pas" in refusal_of(absent)
    assert "ne peut pas être lu" in refusal_of(tmp_path)
    assert "ne peut pas être lu" in refusal_of(impossible)


@pytest.mark.parametrize(
    "name",
    [
        "APPUI_ENVELOPES__0__YEAR",
        "APPUI_",
        "APPUI_FOO",
        "APPUI_DATABASE__",
        "APPUI_DATABASE__URL__X",
        "APPUI_MAIL_RECALL_MINUTES",
        "appui_wat",
    ],
)
def test_an_unknown_variable_is_an_error(monkeypatch, name):
    """A misspelt variable would otherwise be ignored in silence."""
    monkeypatch.setenv(name, "1")

    assert f"la variable {name} est inconnue" in refusal_of()


def test_a_variable_of_another_program_is_left_alone(monkeypatch):
    """Only our prefix is ours."""
    monkeypatch.setenv("APPUI2_DATABASE__URL", "x")
    monkeypatch.setenv("DATABASE__URL", "x")

    assert Settings.load() == Settings()


@pytest.mark.parametrize(
    "value", ["", "[{", "x", "3", "[3]", "[" * 100_000, "\udcff"], ids=lambda value: ascii(value)[:9]
)
@pytest.mark.parametrize("name", ["ENVELOPES", "CALENDARS", "CALENDARS__CLOSED_DAYS", "MAIL__RECALL_MINUTES"])
def test_a_variable_that_is_no_json_is_refused_like_any_other_value(monkeypatch, name, value):
    """The name of the variable stands in the sentence."""
    if (name, value) == ("MAIL__RECALL_MINUTES", "3"):
        value = "3,5"
    monkeypatch.setenv(f"APPUI_{name}", value)
    refusal = refusal_of()

    assert f"(variable APPUI_{name}) : " in refusal
    assert ENGLISH.search(refusal) is None
    assert len(refusal) < 300


@pytest.mark.parametrize(
    "url",
    [
        "postgresl://app:S3cret@base/appui",
        "postgresql:/app:S3cret@base/appui",
        "postgresql://app:S3cret",
        "postgresql://app:S3cret@base:99999/appui",
        "postgresql://app:S3cret@base/appui\n",
        "postgresql://app:S3 cret@base/appui",
        "postgresql://[app:S3cret@base/appui",
        "app:S3cret@base",
        "S3cret",
        "mysql://app@base/appui?password=S3cret",
    ],
)
@pytest.mark.parametrize("variable", ["APPUI_DATABASE__URL", "APPUI_DATABASE"])
def test_a_wrong_address_never_shows_its_password(monkeypatch, url, variable):
    """The refusal goes to logs and tickets."""
    monkeypatch.setenv(variable, url)
    refusal = refusal_of()

    assert "S3cret" not in refusal
    assert f"database{'.url' * (variable[-1] == 'L')} (variable {variable})" in refusal


def test_a_password_put_in_another_key_is_not_shown(write):
    """An address pasted in the wrong place is still a secret, and so is the value of an unknown key."""
    refusal = refusal_of(
        write('[database]\npassword = "S3cret"\nschema = "postgresql://app:S3cret@base/appui"\n[mail]\nurl = "S3cret"')
    )

    assert "S3cret" not in refusal


def test_the_password_of_the_mail_server_comes_from_the_environment_alone(write, monkeypatch):
    """A file is copied, sent and shown; a password in it is refused, and shown nowhere."""
    refusal = refusal_of(write('[mail]\npassword = "S3cret"'))
    monkeypatch.setenv("APPUI_MAIL__PASSWORD", "S3cret")
    loaded = Settings.load(write('[mail]\nuser = "appui"'))

    assert "APPUI_MAIL__PASSWORD" in refusal
    assert loaded.mail.password.get_secret_value() == "S3cret"
    assert "S3cret" not in f"{refusal} {loaded} {loaded!r} {loaded.mail!r}"


def test_letters_without_a_server_go_beside_the_base(tmp_path):
    """Unless a folder is given."""
    base = {"url": f"sqlite:///{tmp_path}/appui.db"}

    assert Settings(database=base).mail_folder == tmp_path / "mail"
    assert Settings(database={"url": "postgresql://app@base/appui"}).mail_folder == Path("var/mail")
    assert Settings(database=base, mail={"folder": tmp_path / "autre"}).mail_folder == tmp_path / "autre"


@pytest.mark.parametrize(
    ("url", "masked"),
    [
        ("sqlite:///var/appui.db", "sqlite:///var/appui.db"),
        ("postgresql://app@base/appui", "postgresql://app@base/appui"),
        ("postgresql://app:S3cret@base/appui", "postgresql://app:***@base/appui"),
        (
            "postgresql+psycopg://app:S3@cret@base/a?Password=S3cret&x=1",
            "postgresql+psycopg://app:***@base/a?Password=***&x=1",
        ),
        ("postgresql://app@/tpl?host=/srv&sslpassword=S3cret", "postgresql://app@/tpl?host=/srv&sslpassword=***"),
    ],
    ids=["sqlite", "none", "login", "both", "query"],
)
def test_an_address_is_shown_without_its_password(url, masked):
    """`appui doctor`, logs and representations show where the base is, not how to get in."""
    database = Database(url=url)

    assert mask_password(url) == database.masked_url == masked
    assert "S3cret" not in f"{database} {database!r} {Settings(database=database)} {Settings(database=database)!r}"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "sqlite://",
        "sqlite:///",
        "sqlite:///:memory:",
        "sqlite:///dossier/",
        "sqlite:relative.db",
        "postgresql://",
        "postgresql://base",
        "postgresql://base/",
        "postgres://app@base/appui",
        "mysql://app@base/appui",
    ],
)
def test_an_address_that_cannot_keep_cases_is_refused(monkeypatch, url):
    """No base in memory: accepted actions must outlive the process."""
    monkeypatch.setenv("APPUI_DATABASE__URL", url)

    assert "il faut « sqlite:///chemin/du/fichier.db » ou « postgresql://" in refusal_of()


def test_thousands_of_faults_are_counted_not_poured_out(write):
    """A file of another program is refused within a screen or two."""
    refusal = refusal_of(write("\n".join(f"cle{number} = 1" for number in range(5000))))

    assert refusal.endswith("et 4900 autres fautes.")
    assert len(refusal) < 20_000


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.dates(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["on", "url", "x"]), inner, max_size=3),
    max_leaves=6,
)
PATHS = sorted(path for path in keys(Settings) if len(path) < 3)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
@given(st.sampled_from(PATHS), VALUES)
def test_any_value_under_any_key_is_taken_or_refused_in_french(monkeypatch, path, value):
    """No value of any shape brings a traceback or a sentence in English."""
    content = value if len(path) == 1 else {path[1]: value}
    monkeypatch.setenv(f"APPUI_{path[0].upper()}", json.dumps(content, default=str))
    try:
        Settings.load()
    except InvalidConfig as error:
        refusal = str(error)
    else:
        return

    assert refusal.startswith("La configuration ne peut pas être chargée : ")
    assert ENGLISH.search(re.sub("« [^»]* »", "", refusal)) is None
