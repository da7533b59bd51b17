"""Names are recognised as people write them: what does not count is left out, what does is kept."""

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from appui.workflow.names import fold_name, names_of, readings


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("ÉCHIRÉ", "echire"),
        (unicodedata.normalize("NFD", "Échiré"), "echire"),
        ("  Saint-Maixent-l'École ", "saint maixent ecole"),
        ("Saint Maixent l’Ecole", "saint maixent ecole"),
        ("Saint–Maixent‑lʼÉcole", "saint maixent ecole"),
        ("L'Haÿ-les-Roses", "hay roses"),
        ("Le Crœq", "croeq"),
        ("Les", "les"),
        ("St-Maixent", "saint maixent"),
        ("STE NÉOMAYE", "sainte neomaye"),
        ("Sts-Geosmes", "saints geosmes"),
        ("Stes Maries de la Mer", "saintes maries mer"),
        ("Coulonges s/ l'Autize", "coulonges sur autize"),
        ("Fontenay-s/s-Bois", "fontenay sous bois"),
        ("Villiers S/Orge", "villiers sur orge"),
        ("Bussy s/Seine", "bussy sur seine"),
        ("Villeneuve-lez-Avignon", "villeneuve avignon"),
        ("Villeneuve-lès-Avignon", "villeneuve avignon"),
        ("CC des 2 Vallées", "cc deux vallees"),
    ],
)
def test_what_does_not_count_is_left_out_of_a_name(written, folded):
    """Case, accents, ligatures, marks, articles and usual abbreviations."""
    assert fold_name(written) == folded


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Prades-le-Lez", "Prades"),
        ("Lez-Fontaine", "Fontaine"),
        ("Saint-Rémy", "Sainte-Rémy"),
        ("Bussy-sur-Seine", "Bussy-sous-Seine"),
        ("Thouarsais", "CC du Thouarsais"),
        ("CC du Niortais", "CA du Niortais"),
        ("Château-Chinon (Ville)", "Château-Chinon (Campagne)"),
        ("Pays de Sevran", "Pays de Sevrac"),
    ],
)
def test_what_makes_a_name_another_is_kept(one, other):
    """A river, a saint's sex, a kind of grouping and a letter all count."""
    assert fold_name(one) != fold_name(other)


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        *(
            (f"{kind} du Thouarsais", "cc thouarsais")
            for kind in ("CC", "C.C.", "C. C.", "cc", "com com", "Com. com.", "ComCom", "CdC", "Comm. de comm.",
                         "Communauté de communes", "communauté de commune", "COMMUNAUTE DES COMMUNES")
        ),
        *(
            (f"{kind} du Niortais", "ca niortais")
            for kind in ("CA", "C.A.", "CdA", "agglo", "Agglomération", "Communauté d'agglomération",
                         "communauté d’agglo")
        ),
        ("Communauté Urbaine d'Arras", "cu arras"),
        ("CU Limoges Métropole", "cu limoges metropole"),
        ("Limoges Métropole - Communauté urbaine", "cu limoges metropole"),
        ("Thouarsais (CC du)", "cc thouarsais"),
        ("Thouarsais, communauté de communes", "cc thouarsais"),
        ("CA Carcassonne Agglo", "ca carcassonne"),
        ("Carcassonne Agglo", "ca carcassonne"),
        ("CC de l'Agglomération Migennoise", "cc agglomeration migennoise"),
        ("Agglomération Migennoise - communauté de communes", "cc agglomeration migennoise"),
        ("Valenciennes Métropole (agglo)", "ca valenciennes metropole"),
        ("CC Mayenne Communauté", "cc mayenne"),
        ("Agglo du Pays de Dreux - C.A.", "ca pays dreux"),
        ("Lannion-Trégor Communauté - Agglo", "ca lannion tregor"),
        ("Dijon Métropole", "metropole dijon"),
        ("Métropole de Dijon", "metropole dijon"),
        ("Tours Métropole Val de Loire", "metropole tours val loire"),
        ("Eurométropole de Strasbourg", "metropole strasbourg"),
        ("CC", "cc"),
    ],
)  # fmt: skip
def test_the_kind_of_a_grouping_is_known_in_every_form_and_place(written, folded):
    """People say « com com », « agglo », « C.C. », before the name or after it."""
    assert fold_name(written) == folded


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        *(
            (f"{head} d'Échiré", "echire")
            for head in ("Mairie", "la mairie", "commune", "COMMUNE", "Ville", "Mme le maire", "M. le Maire", "Maire",
                         "Monsieur le maire", "Madame la maire", "Mme. la Maire", "le maire", "Municipalité",
                         "Commune nouvelle", "Secrétariat de mairie", "L'hôtel de ville", "Conseil municipal",
                         "Mme le maire de la commune")
        ),
        ("Mairie - Échiré", "echire"),
        ("Commune de Ville-Langy", "ville langy"),
        ("Mme la Présidente de la CC du Thouarsais", "cc thouarsais"),
        ("président de la communauté d'agglomération du Niortais", "ca niortais"),
    ],
)  # fmt: skip
def test_what_people_write_before_a_name_can_be_left_out(written, folded):
    """A letter comes from the mairie, from its maire, from the commune: it is the same applicant."""
    assert folded in [reading.key for reading in readings(written)]


@pytest.mark.parametrize(
    "written",
    [
        "Ville-Langy",
        "Mairé-Levescault",
        "Mairie",
        "Mairie de CC du Thouarsais",
        "Présidente de Niort",
        "commune déléguée",
    ],
)
def test_nothing_is_taken_off_where_a_name_may_begin_so(written):
    """Ville-Langy is a name; a mairie has no CC, and a commune no president; a commune déléguée is no commune."""
    assert {reading.key for reading in readings(written)} <= {fold_name(written), "deleguee"}


def test_the_mairie_du_bourg_is_that_of_le_bourg():
    """« du » holds an article of the name, « de » none."""
    assert [reading.articles for reading in readings("Mairie du Bourg")] == [("du",), ("le",)]
    assert [reading.articles for reading in readings("Mairie des Essarts")] == [("des",), ("les",)]
    assert [reading.articles for reading in readings("Mairie de Niort")] == [("de",), ()]


@pytest.mark.parametrize(
    ("written", "name", "article", "accent"),
    [
        ("Vergne", "Vergné", False, False),
        ("VERGNE", "La Vergne", False, False),
        ("Vergne (La)", "La Vergne", False, False),
        ("ROCHELLE LA", "La Rochelle", False, False),
        ("Vergné", "La Vergne", False, True),
        ("La Vergne", "Vergné", True, False),
        ("Vergnè", "Vergné", False, True),
        ("Le Vergne", "La Vergne", True, False),
        ("Frayssinet-le-", "Frayssinet", True, False),
        ("Magny-lès-Ville", "Magny-la-Ville", True, False),
        ("Villeneuve-lès-Avignon", "Villeneuve-lez-Avignon", False, False),
        ("St-Remy", "Saint-Rémy", False, False),
        ("Coeur", "Cœur", False, False),
    ],
)
def test_who_writes_in_haste_leaves_out_accents_and_articles_and_adds_none(written, name, article, accent):
    """« La Vergne » is not what becomes of « Vergné » when one is in a hurry; « Vergne » is."""
    [one], [other] = readings(written), readings(name)

    assert one.key == other.key
    assert (one.adds_no_article_to(other), one.adds_no_accent_to(other)) == (not article, not accent)


def test_what_the_register_puts_aside_may_be_left_out():
    """Brackets and quotes hold an acronym or a slogan, unless nothing else is left."""
    assert [name.key for name in names_of("CC du Kreiz-Breizh (CCKB)")] == ["cc kreiz breizh cckb", "cc kreiz breizh"]
    assert [name.key for name in names_of("CA de Blois ''Agglopolys''")] == ["ca blois agglopolys", "ca blois"]
    assert [name.key for name in names_of('CA "Saintes - Grandes Rives - L\'Agglo"')] == ["ca saintes grandes rives"]


@pytest.mark.parametrize(
    "text",
    ["", " ", "-", "'", "\0", "Échiré\0", "Échiré\u200f", "\u202eÉchiré", "\ud800", "x" * 201, None, 79, b"x", ["x"]],
)
def test_what_cannot_be_a_name_has_no_reading(text):
    """Nothing, hidden characters, other things than texts: there is nothing to compare."""
    assert readings(text) == []
    assert fold_name(text) == ""


@given(st.text(max_size=60))
@example("cc cc x")
@example("x agglo cc")
@example("communaute de communaute de communes de communes")
def test_folding_any_text_never_fails_and_is_stable(text):
    """A folded name folds to itself, whatever the letters."""
    assert fold_name(fold_name(text)) == fold_name(text)
