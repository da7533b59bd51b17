"""The demonstration shows both ways of a request and a real tracker, in French, without touching a real commune."""

import io
import re
from pathlib import Path

import pytest
from rich.console import Console

from appui.workflow.config import Settings
from appui.workflow.demonstration import cast
from appui.workflow.demonstration.performance import BASE, CONFIG, play
from appui.workflow.demonstration.telling import WIDTH, Teller
from appui.workflow.engine import Engine

ENGLISH = (
    "the and of with from not error received incomplete scoping framing routed signed completed accepted refused open "
    "late met stopped cancelled queued applicant provider deadline state case true false none null"
).split()


def performed(folder):
    """Return what a demonstration wrote, and its engine."""
    screen = io.StringIO()
    engine = play(Teller(Console(file=screen, width=WIDTH, highlight=False)), folder)
    return screen.getvalue(), engine


@pytest.fixture(scope="module")
def performance(tmp_path_factory):
    """One demonstration, its base open."""
    told, engine = performed(tmp_path_factory.mktemp("demo"))
    yield told, engine
    engine.stop()


@pytest.fixture
def told(performance):
    """What was written, without its line breaks and with plain spaces."""
    return " ".join(performance[0].split())


@pytest.mark.parametrize(
    "sentence",
    [
        "Exemple-sur-Sèvre (commune fictive)",
        "✓ Répondre localement → Solution locale",
        "✉ Accusé de réception → Secrétariat de mairie <mairie@exemple.invalid>",
        "Première réponse : pour le lundi 23 mars 2026 (10 jours ouvrés à compter du 9 mars 2026)",
        "Première réponse : en pause",
        "(15 jours ouvrés à compter du 27 mars 2026, hors Lundi de Pâques)",
        "Agence départementale (fictive) n'a pas répondu (échéance le 20 avril 2026)",
        "Pour débloquer : Enregistrer la réponse, ou attendre l'échéance.",
        "Réponse des prestataires : en retard depuis le lundi 20 avril 2026",
        "Ces motifs ne suffisent pas à saisir l'ANCT.",
        "La part locale de l'année passerait à 50,0 % (1 sur 2 orientées), sous l'objectif de 90,0 %.",
        "✉ Orientation nationale sous l'objectif → M. Préfet",
        "Ni SIREN ni code INSEE n'est connu pour Exemple-sur-Sèvre (commune fictive).",
        "Les parts font 11 000,00 €, le total est de 12 000,00 €.",
        "Qui peut : Mme Mission.",
        "Document déposé : convention.pdf",
        "Convention signée → Convention engagée → Prestation en cours → Livrée → Achevée",
        "leur chaîne est intacte.",
        "23 lignes reprises",
        "il en ajoute 0 (23 sont déjà là)",
        "et non les « 19 demandes » qu'il compte sans dire lesquelles",
        "16,7 % (2 sur 12 orientées, 2 à orienter), sous l'objectif de 90,0 %.",
        "comptés comme locaux : 52,4 % (11 sur 21).",
        "Peuvent encore aller à l'ANCT : 0.",
        "12 000,00 € engagés, 0,00 € réservés sur 15 000,00 € en 2026 ; reste 3 000,00 €.",
        "La Mothe-Saint-Héray",
        "Présumé, car l'étape l'implique sans que le tableau le dise",
        "Inconnu, et laissé inconnu : le jour de sa réception",
    ],
)
def test_the_demonstration_says(told, sentence):
    """What is told to whoever runs it for the first time."""
    assert sentence in told


def test_the_counts_are_those_of_the_source(told):
    """Two local, nine operator, ten national, two not routed: the fictive requests stand apart."""
    counts = re.findall(r"(locale|autre opérateur|nationale|pas encore orientée|Ensemble) ·+ (\d+)", told)

    assert counts[-5:] == [
        ("locale", "2"),
        ("autre opérateur", "9"),
        ("nationale", "10"),
        ("pas encore orientée", "2"),
        ("Ensemble", "23"),
    ]


def test_no_line_is_longer_than_a_terminal(performance):
    """It fits 80 columns, piped or not."""
    assert max(len(line) for line in performance[0].splitlines()) <= WIDTH


def test_no_identifier_and_no_english_word_is_shown(told):
    """Only the commands at the end, and the words of the engine between quotation marks, are not French."""
    story = told.partition("À essayer")[0]
    said = re.sub(r"«.*?»|<.*?>|sur le dossier|\S+\.(?:db|toml)", " ", story)

    assert re.findall(rf"\b(?:{'|'.join(ENGLISH)})\b|\w+_\w+|Traceback", said) == []


def test_nothing_is_done_to_a_real_commune(performance):
    """Each of the twenty-three has one entry, its import; only the fictive commune lives on."""
    _, engine = performance
    agent = engine.people.actor(cast.AGENT)
    cases = engine.cases(actor=agent, limit=100).items
    entries = {
        case.id: [entry.action for entry in engine.journal(case.id, actor=agent)]
        for case in cases
        if case.applicant.name != cast.COMMUNE.name
    }

    assert len(entries) == 23
    assert set(map(tuple, entries.values())) == {("import",)}


def test_both_fictive_requests_are_completed_by_their_way(performance):
    """One local, one national, each to its end."""
    _, engine = performance
    cases = engine.cases(actor=engine.people.actor(cast.AGENT), text=cast.COMMUNE.name, limit=10).items

    assert {(case.route, case.state) for case in cases} == {("local", "completed"), ("national", "completed")}


def test_every_journal_of_the_base_verifies(performance):
    """What is shown is what the engine keeps."""
    assert performance[1].verify_journal() == []


def test_a_new_demonstration_replaces_the_former_and_never_writes_elsewhere(tmp_path, monkeypatch):
    """The base of the service, named in the environment, is left alone."""
    monkeypatch.setenv("APPUI_DATABASE__URL", f"sqlite:///{tmp_path}/service.db")
    for _ in range(2):
        _, engine = performed(tmp_path / "demo")
        count = len(engine.cases(actor=engine.people.actor(cast.AGENT), limit=100).items)
        engine.stop()

    assert count == 25
    assert not (tmp_path / "service.db").exists()


def test_the_commands_that_follow_find_the_base(performance):
    """The configuration that is left beside the base leads to it."""
    base = Path(performance[1].database.path)
    with Engine(Settings.load(base.parent / CONFIG)) as engine:
        assert engine.people.get(cast.AGENT).name == "M. Agent"

    assert base.name == BASE
