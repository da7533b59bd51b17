"""What a sheet makes of the catalogue: added, known, different, or refused with its reason."""

from dataclasses import replace

import pytest

from appui.workflow.providers import LABELS, Provider, SheetDifference
from appui.workflow.revisions import REFUSED, ProviderSheet, revision
from appui.workflow.views import ADDED, CHANGED, DIFFERENT, KNOWN

AGENCY = Provider("agence", "Agence (fictive)", "agence", ("mobility",), ("department:79",), phone="05 00 00 00 01")
EVERYTHING = frozenset(LABELS)


def revised(provider, *known, said=EVERYTHING, named=True, accepted=False, department="79"):
    """Return what becomes of a sheet beside those known."""
    sheet = ProviderSheet(provider, said, named)
    return revision(sheet, {each.id: each for each in known}, department=department, accepted=accepted)


def test_a_sheet_that_nobody_knows_is_added():
    """The first import fills the catalogue."""
    found = revised(AGENCY)

    assert (found.status, found.provider, found.text) == (ADDED, AGENCY, "")


def test_a_sheet_that_says_what_is_known_is_already_there():
    """A second import adds nothing."""
    assert revised(AGENCY, AGENCY).status == KNOWN


@pytest.mark.parametrize(("accepted", "status"), [(False, DIFFERENT), (True, CHANGED)])
def test_a_changed_sheet_is_shown_and_written_only_when_accepted(accepted, status):
    """The telephone before and after are shown; somebody says that the second is the right one."""
    found = revised(replace(AGENCY, phone="05 00 00 00 02"), AGENCY, accepted=accepted)

    assert found.status == status
    assert found.differences == (SheetDifference("phone", "05 00 00 00 01", "05 00 00 00 02"),)
    assert found.provider.phone == "05 00 00 00 02"


def test_what_the_source_does_not_speak_of_stays_as_it_is_known():
    """A file without a column for the telephone erases no telephone."""
    found = revised(Provider("agence", "Agence nouvelle", "agence"), AGENCY, said=frozenset({"name"}), accepted=True)

    assert found.provider == replace(AGENCY, name="Agence nouvelle")


def test_a_blank_under_a_column_that_is_there_is_a_difference():
    """Whoever empties the cell of the telephone means that there is none any more."""
    found = revised(replace(AGENCY, phone=None), AGENCY)

    assert found.differences == (SheetDifference("phone", "05 00 00 00 01", None),)


@pytest.mark.parametrize(
    "territory",
    ["department:79", "region:75", "nation", "commune:79049", "epci:200040244", "arrondissement:791"],
)
def test_a_provider_that_works_here_may_be_changed_from_here(territory):
    """One that covers several départements may be changed by any of them."""
    known = replace(AGENCY, territories=("department:86", territory))

    assert revised(replace(known, phone=None), known, accepted=True).status == CHANGED


@pytest.mark.parametrize("territory", ["department:86", "region:53", "commune:17300", "arrondissement:863"])
def test_a_provider_of_elsewhere_is_left_to_those_who_keep_its_sheet(territory):
    """Two « caue » in two départements are two bodies: the first keeps its identifier."""
    known = replace(AGENCY, territories=(territory,))
    found = revised(replace(AGENCY, phone=None), known, accepted=True)

    assert (found.status, found.provider) == (REFUSED, known)
    assert "qui n'intervient pas dans ce département" in found.text


def test_a_provider_that_works_nobody_knows_where_may_be_completed():
    """A sheet kept without a territory is nobody's in particular."""
    known = replace(AGENCY, territories=())

    assert revised(AGENCY, known, accepted=True).status == CHANGED


@pytest.mark.parametrize("known", [(), (AGENCY,)], ids=["new", "known"])
def test_a_sheet_that_no_longer_works_here_is_of_another_catalogue(known):
    """Vienne's providers are for Vienne to enter."""
    found = revised(replace(AGENCY, territories=("department:86",)), *known, accepted=True)

    assert found.status == REFUSED
    assert found.text.startswith("Aucun de ses territoires (Vienne) ne touche ce département (Deux-Sèvres)")


def test_a_name_that_is_known_under_another_identifier_is_told():
    """Nobody ends up with two sheets because one was typed by hand before the file came."""
    written = replace(AGENCY, id="agence-fictive", name="AGENCE (fictive)")
    found = revised(written, AGENCY, named=False)

    assert found.status == REFUSED
    assert "déjà au catalogue sous l'identifiant « agence »" in found.text


@pytest.mark.parametrize(
    ("named", "territories"), [(True, ("department:79",)), (False, ("department:86",))], ids=["named", "elsewhere"]
)
def test_a_namesake_is_another_when_the_source_says_so_or_when_it_works_elsewhere(named, territories):
    """There is more than one « Agence » in France."""
    written = replace(AGENCY, id="autre")

    assert revised(written, replace(AGENCY, territories=territories), named=named).status == ADDED
