"""What cases are found by follows them: words, themes and procedure, as they are now."""

from sqlalchemy import select

from appui.workflow.db.tables import TERMS
from appui.workflow.db.terms import terms_of


def _kept(database, case):
    with database.sa_reading() as connection:
        return set(connection.execute(select(TERMS.c.term).where(TERMS.c.case_id == case.id)).scalars())


def test_a_new_case_is_kept_with_its_words(database, keeper):
    """Those of its title and applicant but for empty ones, its themes and its procedure."""
    with database.transaction() as raw:
        case = keeper.open(raw, title="Réhabilitation de l'école")

    assert _kept(database, case) == {
        "bressuire", "ecole", "procedure:engineering_request", "rehabilitation", "theme:housing", "theme:mobility",
    }  # fmt: skip


def test_words_that_a_case_has_no_more_are_taken_away(database, keeper):
    """A name that was corrected is nobody's clue any longer."""
    with database.transaction() as raw:
        case = keeper.open(raw, title="École de Mme Dupont")
        after = keeper.act(raw, case, before=case, title="École")

    assert _kept(database, case) == set(terms_of(after))
    assert "dupont" not in _kept(database, case)


def test_an_action_that_changes_no_word_leaves_them(database, keeper):
    """Most do: nothing is written beside the case then."""
    with database.transaction() as raw:
        case = keeper.open(raw)
        before = _kept_in(raw, keeper, case)
        keeper.act(raw, case, before=case, state="scoping")

    assert _kept(database, case) == before


def test_themes_follow_the_case(database, keeper):
    """A request whose theme was mistaken is listed under the right one."""
    with database.transaction() as raw:
        case = keeper.open(raw, title="a")
        keeper.act(raw, case, before=case, data={**case.data, "themes": ["tourism"]})

    assert {each for each in _kept(database, case) if each.startswith("theme:")} == {"theme:tourism"}


def test_a_stale_action_changes_no_word(database, keeper):
    """Who was too late writes nothing at all."""
    with database.transaction() as raw:
        case = keeper.open(raw)
        keeper.act(raw, case, before=case)
        assert keeper.act(raw, case, before=case, title="Marché") is None

    assert _kept(database, case) == set(terms_of(case))


def _kept_in(raw, keeper, case):
    rows = keeper.store.all(raw, "SELECT term FROM appui_term WHERE case_id = :id", {"id": case.id})
    return {row[0] for row in rows}
