"""Queries on providers."""

# ruff: noqa: S608 - texts are put together from constants of this package, values are always parameters

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import orjson

from appui.workflow.db.dialects import Spoken
from appui.workflow.db.rows import json_text
from appui.workflow.providers import Provider

_PROVIDER = "id, name, kind, $json(themes), $json(territories), email, contact, phone, conditions"
_UPSERT = """
    INSERT INTO appui_provider (id, name, kind, themes, territories, email, contact, phone, conditions)
    VALUES (:id, :name, :kind, $as_json(:themes), $as_json(:territories), :email, :contact, :phone, :conditions)
    ON CONFLICT (id) DO UPDATE SET name = excluded.name, kind = excluded.kind, themes = excluded.themes,
        territories = excluded.territories, email = excluded.email, contact = excluded.contact,
        phone = excluded.phone, conditions = excluded.conditions"""


class ProvidersStore(Spoken):
    """What is asked about providers."""

    def upsert_provider(self, raw: Any, provider: Provider) -> None:
        """Keep the provider, replacing what was known of it."""
        self.run(raw, _UPSERT, _parameters(provider))

    def upsert_providers(self, raw: Any, providers: Iterable[Provider]) -> None:
        """Keep each of the providers, replacing what was known of it."""
        self.run_each(raw, _UPSERT, [_parameters(provider) for provider in providers])

    def find_provider(self, raw: Any, provider_id: str) -> Provider | None:
        """Return the provider, or None."""
        text = f"SELECT {_PROVIDER} FROM appui_provider WHERE id = :id"
        row = self.one(raw, text, {"id": provider_id})
        return None if row is None else _provider_of(row)

    def provider_names(self, raw: Any, ids: Iterable[str]) -> dict[str, str]:
        """Return the name of each of these providers that is kept, by identifier."""
        wanted = sorted(ids)
        if not wanted:
            return {}
        text = "SELECT id, name FROM appui_provider WHERE id $in(:ids)"
        return {row[0]: row[1] for row in self.all(raw, text, {"ids": json_text(wanted)})}

    def list_providers(self, raw: Any, *, lock: bool = False) -> list[Provider]:
        """Return every provider by name. `lock` keeps others from changing them until the transaction ends."""
        text = f"SELECT {_PROVIDER} FROM appui_provider ORDER BY name, id{' $locked()' if lock else ''}"
        return [_provider_of(row) for row in self.all(raw, text, {})]


def _parameters(provider: Provider) -> dict[str, Any]:
    return {
        "id": provider.id,
        "name": provider.name,
        "kind": provider.kind,
        "themes": json_text(provider.themes),
        "territories": json_text(provider.territories),
        "email": provider.email,
        "contact": provider.contact,
        "phone": provider.phone,
        "conditions": provider.conditions,
    }


def _provider_of(row: tuple[Any, ...]) -> Provider:
    provider_id, name, kind, themes, territories, *reached = row
    return Provider(provider_id, name, kind, tuple(orjson.loads(themes)), tuple(orjson.loads(territories)), *reached)
