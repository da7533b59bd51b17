"""When the national agency may be asked: both readings of « et/ou », for every set of grounds."""

from itertools import combinations

import pytest
from tests.unit.states.world import REGIMES

from appui.states.justification import GROUNDS, READINGS, is_justified

ALL = [set(chosen) for size in range(len(GROUNDS) + 1) for chosen in combinations(GROUNDS, size)]


def by_the_text(grounds, reading):
    """Return what the feuille de route says, clause by clause."""
    fragile = "fragility" in grounds
    no_local_resource = "local_shortage" in grounds
    innovative_or_complex = "innovative" in grounds or "complex" in grounds
    either = no_local_resource or innovative_or_complex
    both = no_local_resource and innovative_or_complex
    rare_or_national = "rare_engineering" in grounds or "national_scope" in grounds
    return (fragile and (either if reading == "or" else both)) or rare_or_national


@pytest.mark.parametrize("reading", READINGS)
def test_every_set_of_grounds_is_judged_as_the_text_says(reading):
    """All 64 sets, in both readings."""
    assert len(ALL) == 64
    for grounds in ALL:
        assert is_justified(grounds, reading=reading) is by_the_text(grounds, reading), grounds


def test_the_strict_reading_never_grants_more():
    """« et » is narrower than « ou »."""
    strict = [grounds for grounds in ALL if is_justified(grounds, reading="and")]

    assert all(is_justified(grounds, reading="or") for grounds in strict)
    assert len(strict) < len([grounds for grounds in ALL if is_justified(grounds, reading="or")])


def test_the_form_offers_exactly_these_grounds():
    """What can be ticked is what is judged."""
    for procedure in REGIMES.values():
        [field] = [each for each in procedure.actions["route_national"].fields if each.name == "grounds"]
        assert [name for name, _ in field.options] == list(GROUNDS)
        assert procedure.settings["justification_reading"] in READINGS
