"""`appui report`: the figures of a territory in a terminal, for programs, and in files that people take along."""

import csv
import io

import pytest
from openpyxl import load_workbook

ANSWER = '{"provider": "caue79", "how": "téléphone"}'


@pytest.fixture
def answered(house, reference):
    """A base whose one request was answered locally."""
    house.done("case", "act", reference, "answer_locally", "--data", ANSWER, "--as", "m.agent")
    return house


def test_the_report_says_the_share_with_its_denominator(answered):
    """« 100 % » alone would say nothing: of how many, and how many wait."""
    told = " ".join(answered.done("report", "indicators", "--department", "79", "--as", "d.dta").split())

    assert "Deux-Sèvres, au" in told
    assert "100,0 % (1 sur 1 orientées, 0 à orienter), objectif 90,0 %" in told
    assert "Solution locale" in told
    assert "aucune enveloppe n'est configurée" in told


def test_programs_get_every_figure(answered):
    """With stable names, days in ISO 8601."""
    found = answered.read("report", "indicators", "--department", "79", "--as", "d.dta")

    assert (found["territory"], found["cases"], found["share"]["local"]) == ("department:79", 1, 1)
    assert found["share"]["share"] == 1.0
    assert found["states"] == [{"key": "routed_local", "label": "Solution locale", "count": 1}]


def test_the_report_of_a_day_before_is_that_of_the_day_before(answered):
    """Nothing had been asked in 2020."""
    assert answered.read("report", "indicators", "--as-of", "2020-01-01", "--as", "d.dta")["cases"] == 0
    past = ("--recorded-as-of", "2020-01-01T12:00+01:00")
    assert answered.read("report", "indicators", *past, "--as", "d.dta")["cases"] == 0


def test_a_period_counts_what_was_routed_in_it(answered):
    """A civil year, or two days."""
    for period, local in (("2020", 0), ("2020-01-01..2099-12-31", 1)):
        found = answered.read("report", "indicators", "--period", period, "--as", "d.dta")
        assert found["share"]["local"] == local


def test_a_csv_file_has_a_figure_a_line(answered):
    """For who makes tables of their own."""
    path = answered.folder / "chiffres.csv"
    answered.done("report", "indicators", "--department", "79", "--output", str(path), "--as", "d.dta")
    lines = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig")), delimiter=";"))

    assert lines[0] == ["Rubrique", "Élément", "Mesure", "Valeur", "Unité"]
    assert ["Synthèse", "Part locale", "Part", "100", "%"] in lines
    assert ["Étapes", "Solution locale", "Nombre", "1", ""] in lines


def test_a_workbook_has_a_tab_a_subject(answered):
    """Read again by another program."""
    path = answered.folder / "chiffres.xlsx"
    answered.done("report", "indicators", "--department", "79", "--output", str(path), "--as", "d.dta")
    book = load_workbook(path)

    assert book.sheetnames == ["Synthèse", "Étapes", "Thématiques", "Durées", "À savoir"]
    assert ("Part locale", None, 1, None) in list(book["Synthèse"].iter_rows(values_only=True))


@pytest.mark.parametrize(
    ("options", "code", "part"),
    [
        (("--department", "99"), 1, "Territoire inconnu : « department:99 »"),
        (("--territory", "ici"), 1, "Territoire inconnu : « ici »"),
        (("--department", "79", "--territory", "nation"), 2, "pas les deux"),
        (("--period", "hier"), 2, "--period attend une année (2026)"),
        (("--period", "0000"), 2, "--period attend une année (2026)"),
        (("--period", "2026-01-01..demain"), 2, "--period attend une date"),
        (("--period", "2026-12-31..2026-01-01"), 1, "deux jours dont le premier"),
        (("--as-of", "hier"), 2, "--as-of attend une date"),
        (("--recorded-as-of", "2026-01-01T12:00"), 2, "avec son fuseau"),
        (("--output", "chiffres.docx"), 2, "en .csv ou en .xlsx"),
        (("--output", "/nulle/part/chiffres.csv"), 1, "ne peut pas être écrit"),
        (("--as", "personne"), 1, "Personne inconnue"),
    ],
)
def test_a_wrong_option_gets_a_sentence(house, options, code, part):
    """What is wrong, and what would be right; no file, no traceback."""
    result = house.run("report", "indicators", *options)
    told = " ".join((result.stdout + result.stderr).split())

    assert (result.exit_code, part in told) == (code, True), told
    assert "Traceback" not in told


def test_who_reads_nothing_there_gets_no_figure(house):
    """The figures of Deux-Sèvres are not those of the neighbour."""
    house.done("user", "add", "v", "Voisine", "--grant", "deputy_delegate@department:17")
    result = house.run("report", "indicators", "--department", "79", "--as", "v")

    assert result.exit_code == 1
    assert "ne donnent pas à lire les chiffres" in " ".join(result.stderr.split())
