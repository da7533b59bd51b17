"""Providers come back as they were given."""

from appui.workflow.providers import Provider

WHOLE = Provider(
    "caue79",
    "CAUE (fictif)",
    "caue",
    ("housing",),
    ("department:79",),
    "caue@79.test",
    "Accueil",
    "05 00 00 00 01",
    "Gratuit\npour les communes",
)
BARE = Provider("autre", "Autre (fictif)", "bureau")


def test_a_provider_comes_back_and_is_replaced(database, store):
    """The catalogue keeps what was said last, all of it."""
    with database.transaction() as raw:
        store.upsert_provider(raw, Provider("caue79", "Ancien nom", "other", email="ancien@79.test"))
        store.upsert_provider(raw, WHOLE)

    with database.reading() as raw:
        assert store.list_providers(raw) == [WHOLE]
        assert store.find_provider(raw, "caue79") == WHOLE
        assert store.find_provider(raw, "autre") is None


def test_several_providers_are_kept_at_once(database, store):
    """A catalogue comes in with one write; none at all is no fault."""
    with database.transaction() as raw:
        store.upsert_providers(raw, [])
        store.upsert_providers(raw, [WHOLE, BARE])

    with database.transaction() as raw:
        assert store.list_providers(raw, lock=True) == [BARE, WHOLE]
