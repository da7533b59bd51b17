"""A mapping says how a tracker's columns and words are to be read; whatever is wrong with it is said at once."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appui.states.errors import InvalidData
from appui.workflow.importing.mapping import parse_mapping
from appui.workflow.importing.mapping_file import FILE_MAX_BYTES

STATES = ("scoping", "in_progress", "convention_signed")
FACTS = ("framing_held", "all_signed")
COLUMNS = '[columns]\napplicant = "Demandeur"\noutcome = "Suite"\n'
SIGNED = """
[[outcomes]]
wordings = ["Convention signée"]
state = "convention_signed"
route = "national"
presumed = ["framing_held"]
"""
WHOLE = f'source = "Suivi 2021"\n{COLUMNS}{SIGNED}'


def parse(text):
    """Return the mapping of a text."""
    content = text if isinstance(text, bytes) else text.encode()
    return parse_mapping(content, states=STATES, facts=FACTS)


def faults_of(text):
    """Return what is said of a mapping that cannot be taken."""
    with pytest.raises(InvalidData) as refusal:
        parse(text)
    return dict(refusal.value.errors)


def parsed_or_faults(content):
    """Return the mapping of a file, or what is said of it."""
    try:
        return parse(content)
    except InvalidData as refusal:
        return refusal.errors


def test_a_wording_leads_to_a_state_a_route_and_presumed_facts():
    """What the tracker calls « Convention signée » is a state of ours."""
    found = parse(WHOLE).find_outcome("Convention signée", "")

    assert found is not None
    assert (found.state, found.route, found.presumed) == ("convention_signed", "national", ("framing_held",))


@pytest.mark.parametrize("written", ["convention signée", "  Convention   signée ", "CONVENTION SIGNÉE"])
def test_case_and_spaces_of_a_wording_do_not_count(written):
    """People type the same words in several ways."""
    assert parse(WHOLE).find_outcome(written, "") is not None


def test_straight_and_curly_apostrophes_are_the_same():
    """A word processor curls them, a form does not."""
    mapping = parse(WHOLE.replace("Convention signée", "Demande d'étude"))

    assert mapping.find_outcome("Demande d’étude", "") is not None


def test_the_provider_beside_it_may_decide_what_a_wording_means():
    """« Accompagnement » by the agency is national; by another operator it is not."""
    other = '[[outcomes]]\nwordings = ["Convention signée"]\nproviders = ["ADEME"]\nstate = "in_progress"\n'
    mapping = parse(WHOLE + other)

    assert [mapping.find_outcome("Convention signée", each).state for each in ("ADEME", "ANCT")] == [
        "in_progress",
        "convention_signed",
    ]


def test_an_unknown_wording_means_nothing():
    """Nothing is guessed from words that nobody explained."""
    assert parse(WHOLE).find_outcome("Convention perdue", "") is None


def test_every_fault_is_named_at_once_with_its_path():
    """Whoever writes a mapping corrects it in one go."""
    faults = faults_of(
        'sources = "x"\n[columns]\noutcome = 3\nremark = "Observations"\n'
        '[[outcomes]]\nwordings = []\nstate = "signed"\nroute = "locale"\npresumed = ["framing"]\nnote = ""\n'
    )

    assert set(faults) == {
        "sources",
        "source",
        "columns.remark",
        "columns.applicant",
        "columns.outcome",
        "outcomes[0].note",
        "outcomes[0].wordings",
        "outcomes[0].state",
        "outcomes[0].route",
        "outcomes[0].presumed",
    }


def test_a_misspelt_key_is_told_the_nearest_one():
    """A slip of the finger is not silently ignored."""
    assert "vouliez-vous dire « presumed »" in faults_of(WHOLE + 'presumes = ["all_signed"]\n')["outcomes[0].presumes"]


def test_a_wording_explained_twice_is_a_fault():
    """Two meanings of the same words cannot both be right."""
    assert "donné deux fois" in faults_of(WHOLE + SIGNED)["outcomes[1].wordings"]


def test_a_mapping_without_outcomes_is_a_fault():
    """It could take in nothing."""
    assert "outcomes" in faults_of(f'source = "Suivi"\n{COLUMNS}')


@pytest.mark.parametrize(
    ("content", "part"),
    [
        (b"source = ", "TOML valide"),
        ("# Thoua\u00e9".encode("latin-1"), "UTF-8 (ligne 1)"),
        (b"#" * (FILE_MAX_BYTES + 1), "trop grand"),
    ],
    ids=["no TOML", "not UTF-8", "too large"],
)
def test_a_file_that_is_no_mapping_gets_one_sentence(content, part):
    """The sentence says what would be right."""
    assert part in faults_of(content)[""]


@given(st.binary(max_size=300))
def test_any_bytes_give_a_mapping_or_sentences(content):
    """Nothing that is not a mapping ends in a traceback."""
    assert parsed_or_faults(content)
