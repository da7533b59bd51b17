"""Names of every département and every kind, written in the ways of people: the right one is accepted, or nobody."""

import re
from itertools import islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.workflow.writings import HEADS, bare, mistyped, promised, shortened, significant, without_accents

from appui.workflow.territories import register

EACH_SO_MANY = 12


def _sample():
    """Return two communes of each département, one in twelve CC and CA, and every other EPCI, with a département."""
    whole = register()
    communes = {}
    for code, commune in whole._communes.items():
        communes.setdefault(commune.department, []).append(code)
    codes = [each[len(each) * third // 3] for each in communes.values() for third in (1, 2)]
    common = [siren for siren, epci in whole._epci.items() if epci.kind in {"CC", "CA"}]
    codes += [*common[::EACH_SO_MANY], *(siren for siren in whole._epci if siren not in common)]
    found = [whole.get(code) for code in dict.fromkeys(codes)]
    return [(each, (whole.epci_departments(each.code) or (each.department,))[-1]) for each in found]


@pytest.fixture(scope="module")
def sample():
    """Applicants, each with one of its départements."""
    return _sample()


def test_the_sample_is_of_the_whole_register(sample):
    """Metropolitan and overseas, communes and groupings of every kind."""
    assert len(sample) > 300
    assert {department for _, department in sample} == {each.code for each in register().departments()}
    assert {each.kind for each, _ in sample} == {"commune", "CC", "CA", "CU", "METRO"}


def test_every_promised_writing_is_accepted_as_the_right_one(sample):
    """Without accents, in capitals, abbreviated, with or without its articles, its département, its mairie."""
    asked = [(text, dept, who) for who, dept in sample for _, text in promised(who, dept)]
    missed = [(text, dept) for text, dept, who in asked if register().look_up(text, department=dept).accepted != who]

    assert len(asked) > 10_000
    assert missed == []


def test_over_france_the_right_one_is_accepted_or_a_namesake_is_shown(sample):
    """Without a département, whoever is accepted bears exactly what was written."""
    for who, _ in sample[::8]:
        for _, text in islice(promised(who, who.department), 0, None, 7):
            found = register().look_up(text)

            assert found.accepted in (None, who) or bare(found.accepted.name) == bare(text)
            assert who in found.candidates or len(found.candidates) == 10


def test_no_slip_is_accepted_as_somebody_else_and_the_right_one_is_shown(sample):
    """One letter wrong, missing, too many or swapped: accepted only where that is another way to write a name."""
    asked = [
        (text, department, who)
        for number, (who, department) in enumerate(sample)
        for text in mistyped(who.name, number * 7)
    ]
    found = [(text, who, register().look_up(text, department=department)) for text, department, who in asked]
    wrong = [
        (text, each.accepted.name)
        for text, who, each in found
        if each.accepted not in (None, who) and bare(each.accepted.name) != bare(text)
    ]
    shown = sum(who in each.candidates[:5] for _, who, each in found)

    assert len(found) > 1_000
    assert wrong == []
    assert sum(each.accepted == who for _, who, each in found) < 0.02 * len(found)
    assert shown >= 0.95 * len(found)


def test_a_shortened_name_is_never_accepted_as_somebody_else(sample):
    """The first words, a name begun, a grouping without its kind, unless « agglo » or the like says it elsewhere."""
    asked = [(text, who, department) for who, department in sample for text in shortened(who.name)]
    found = [(text, who, register().look_up(text, department=department).accepted) for text, who, department in asked]
    accepted = [(text, who, each) for text, who, each in found if each is not None and bare(each.name) != bare(text)]

    assert len(asked) > 700
    assert [(text, each.name) for text, who, each in accepted if each != who] == []
    assert all(re.search(r"Agglo|Communauté|\(", who.name) for _, who, _ in accepted)


def test_a_name_of_elsewhere_is_never_accepted(sample):
    """Nobody of another département, unless the name is borne there too."""
    departments = [each.code for each in register().departments()]
    for number, (who, _) in enumerate(sample[::6]):
        elsewhere = departments[(number * 31 + 7) % len(departments)]
        accepted = register().look_up(who.name, department=elsewhere).accepted

        assert accepted is None or bare(accepted.name) == bare(who.name)


@st.composite
def carelessly_written(draw):
    """A name of the register in which anything may have happened, and where it is looked for."""
    whole = register()
    codes = [*whole._communes, *whole._epci]
    who = whole.get(codes[draw(st.integers(0, len(codes) - 1))])
    text = who.name
    for _ in range(draw(st.integers(0, 3))):
        place = draw(st.integers(0, len(text)))
        change = draw(
            st.sampled_from(["cut", "add", "capitals", "accents", "hyphens", "head", "kind", "place", "half"])
        )
        match change:
            case "cut":
                text = text[:place] + text[place + 1 :]
            case "add":
                text = text[:place] + draw(st.sampled_from("aeélsx-' /.")) + text[place:]
            case "capitals":
                text = text.upper()
            case "accents":
                text = without_accents(text)
            case "hyphens":
                text = text.replace("-", " ")
            case "head":
                text = f"{draw(st.sampled_from(HEADS))} de {text}"
            case "kind":
                text = f"{draw(st.sampled_from(['CC', 'agglo', 'com com', 'Métropole', 'C.U.']))} {text}"
            case "place":
                text = f"{text} ({draw(st.sampled_from([who.department, '79', '974']))})"
            case _:
                text = text[:place]
    return text, draw(st.sampled_from([None, who.department, "79"]))


@settings(max_examples=200, deadline=None)
@given(written=carelessly_written())
def test_whoever_is_accepted_bears_what_was_written(written):
    """Leave out what does not count, and nothing but the name of the accepted remains, and a département of theirs."""
    text, department = written
    accepted = register().look_up(text, department=department).accepted
    if accepted is None:
        return
    homes = register().epci_departments(accepted.code) or (accepted.department,)
    name = significant(re.sub(r"\(.*?\)|''.*?''|\".*?\"", "", text))
    borne = [significant(accepted.name), significant(re.sub(r"\(.*?\)|''.*?''|\".*?\"", "", accepted.name))]

    assert (
        significant(text) in borne
        or [word for word in significant(text) if word.upper() not in homes] in borne
        or name in borne
    )
    assert department is None or department in homes
