"""`appui import providers`: what becomes of each sheet is told, and what is refused is left to correct."""

import pytest

HEADERS = "Nom;Nature;Thématiques;Téléphone"
SOUND = "Agence (fictive);agence;Mobilité;05 00 00 00 01"
FAULTY = "Bureau (fictif);bureau;pêche;+33 500000002"


@pytest.fixture
def catalogue(house):
    """A folder with the file of a catalogue: `write(lines…)` returns its path."""

    def write(*lines, name="plaquette.csv"):
        path = house.folder / name
        path.write_text("\n".join([HEADERS, *lines]), encoding="utf-8")
        return str(path)

    return write


def run(house, path, *options, person="m.agent"):
    """Import a file in the agent's name."""
    return house.run("import", "providers", path, "--department", "79", "--as", person, *options)


def told(result):
    """Return what was printed, on one line."""
    return " ".join(result.stdout.split())


def test_sheets_come_in_and_are_told(house, catalogue):
    """Each line, then how many of each."""
    result = run(house, catalogue(SOUND))

    assert result.exit_code == 0
    assert "ligne 2 · ajoutée · agence-fictive · Agence (fictive)" in told(result)
    assert "1 ligne — ajoutée : 1." in told(result)
    assert "déjà là : 1" in told(run(house, catalogue(SOUND)))
    assert "05 00 00 00 01" in house.done("provider", "list", "--theme", "mobility")


def test_differences_are_shown_before_and_after_and_accepted_by_name(house, catalogue):
    """The old telephone, the new one, and how to take it in."""
    run(house, catalogue(SOUND))
    changed = catalogue("Agence (fictive);agence;toutes;")
    shown = told(run(house, changed))

    assert "ligne 2 · différente · agence-fictive · Agence (fictive)" in shown
    assert "thématiques : Mobilité → toutes" in shown
    assert "téléphone : « 05 00 00 00 01 » → rien" in shown
    assert "Ce qui diffère n'a pas été repris (agence-fictive) : --accept-all reprend tout" in shown
    assert house.read("provider", "show", "agence-fictive")["phone"] == "05 00 00 00 01"
    assert "modifiée · agence-fictive" in told(run(house, changed, "--accept", "agence-fictive"))
    assert house.read("provider", "show", "agence-fictive")["phone"] is None


def test_a_refused_line_fails_the_command_and_keeps_all_out(house, catalogue):
    """Exit code 1, and what to do."""
    result = run(house, catalogue(SOUND, FAULTY))

    assert result.exit_code == 1
    assert "Rien n'a été écrit : corrigez les lignes refusées et recommencez" in told(result)
    assert "ligne 3 · refusée · bureau-fictif · Bureau (fictif) — Thématique inconnue : « pêche »" in told(result)
    assert "agence-fictive" not in house.done("provider", "list")


def test_refused_lines_are_left_beside_the_file_corrected_and_imported(house, catalogue):
    """What could be taken in is; the rest follows from the file of refusals."""
    result = run(house, catalogue(SOUND, FAULTY), "--partial")
    refusals = house.folder / "plaquette-refus.csv"

    assert result.exit_code == 0
    assert "garde 1 ligne refusée et son motif : corrigez-y" in told(result)
    assert "agence-fictive" in house.done("provider", "list")
    assert ";'+33 500000002;3;\"Thématique inconnue" in refusals.read_text(encoding="utf-8-sig")

    refusals.write_bytes(refusals.read_bytes().replace("pêche".encode(), b"culture"))

    assert "ajoutée · bureau-fictif" in told(run(house, str(refusals)))
    assert house.read("provider", "show", "bureau-fictif")["phone"] == "+33 500000002"


def test_corrections_under_way_are_never_overwritten(house, catalogue):
    """A second partial import says that the first one's refusals are still there, and begins nothing."""
    refusals = house.folder / "mes-refus.csv"
    refusals.write_text("corrections")
    result = run(house, catalogue(SOUND, FAULTY), "--partial", "--errors", str(refusals))

    assert (result.exit_code, result.stdout) == (1, "")
    assert "existe déjà" in " ".join(result.stderr.split())
    assert refusals.read_text() == "corrections"
    assert "agence-fictive" not in house.done("provider", "list")


def test_without_refusals_no_file_is_left(house, catalogue):
    """An import in which all is well leaves nothing to correct."""
    run(house, catalogue(SOUND), "--partial")

    assert not list(house.folder.glob("*-refus.csv"))


def test_a_dry_run_writes_neither_sheets_nor_refusals(house, catalogue):
    """One looks before one leaps."""
    result = run(house, catalogue(SOUND, FAULTY), "--partial", "--dry-run")

    assert "Essai seulement : rien n'a été écrit." in told(result)
    assert not list(house.folder.glob("*-refus.csv"))
    assert "agence-fictive" not in house.done("provider", "list")


def test_a_mapping_is_read_and_its_source_told(house, catalogue):
    """The service's own headers."""
    mapping = house.folder / "plaquette.toml"
    mapping.write_text('source = "Plaquette (fictive)"\n[columns]\nname = "Nom"\nkind = "Nature"\n')
    result = run(house, catalogue(SOUND), "--mapping", str(mapping))

    assert "Source : Plaquette (fictive)." in told(result)
    assert "Colonnes laissées de côté : « Thématiques » et « Téléphone »." in told(result)


def test_who_does_not_keep_the_catalogue_is_told(house, catalogue):
    """The auditor reads, and changes nothing."""
    house.done("user", "add", "l.udit", "Lou Dit", "--grant", "auditor@department:79")
    result = run(house, catalogue(SOUND), "--partial", person="l.udit")

    assert (result.exit_code, result.stdout) == (1, "")
    assert "Vous ne tenez pas le catalogue de ce département (Deux-Sèvres)" in " ".join(result.stderr.split())
    assert not list(house.folder.glob("*-refus.csv"))


@pytest.mark.parametrize(
    ("options", "code", "sentence"),
    [
        (["--errors", "x.csv"], 2, "--errors ne va qu'avec --partial"),
        (["--accept", "agnce-fictive"], 1, "vouliez-vous dire « agence-fictive » ?"),
        (["--mapping", "absent.toml"], 1, "ne peut pas être lu"),
        (["--department", "00"], 1, "n'est pas un département connu"),
        (["--sheet", "Feuille"], 1, "n'a pas de feuille"),
        (["--as", "nobody"], 1, "Personne inconnue"),
    ],
)
def test_what_cannot_be_done_is_told_and_leaves_nothing(house, catalogue, options, code, sentence):
    """One French sentence on stderr."""
    result = run(house, catalogue(SOUND), *options)

    assert (result.exit_code, result.stdout) == (code, "")
    assert sentence in " ".join(result.stderr.split())
    assert "agence-fictive" not in house.done("provider", "list")


@pytest.mark.parametrize("path", ["absent.csv", ".", "x\x1b[31m"])
def test_a_file_that_cannot_be_read_is_told(house, path):
    """Neither a folder nor a name that is none."""
    result = run(house, path)

    assert (result.exit_code, result.stdout) == (1, "")
    assert "ne peut pas être lu" in " ".join(result.stderr.split())
    assert "\x1b" not in result.stderr
