"""The catalogue: providers as the service keeps them, and those that fit a need."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from appui.states.actor import Actor
from appui.states.case import Case
from appui.states.errors import AppuiError, InvalidData, NotAllowed
from appui.states.fields import clean_value
from appui.states.procedure import Field
from appui.states.wording import shown
from appui.workflow.authorization import METROPOLIS, may_keep_catalogue, territories_of
from appui.workflow.calendars import calendar_of
from appui.workflow.clock import Clock
from appui.workflow.db.database import Database
from appui.workflow.db.store import Store
from appui.workflow.directory import check_actor, standing_of
from appui.workflow.procedures import Procedures
from appui.workflow.providers import Provider, fitting
from appui.workflow.revisions import REFUSED, WRITTEN, ProviderSheet, Revision, revision
from appui.workflow.territories import register, unknown_territory
from appui.workflow.territory_names import near_territories
from appui.workflow.themes import themes_of, unknown_theme

_FIELDS = (
    Field(name="id", type="identifier", label="Identifiant", required=True),
    Field(name="name", type="text", label="Nom", required=True),
    Field(name="kind", type="text", label="Nature", required=True),
    Field(name="email", type="email", label="Courriel"),
    Field(name="contact", type="text", label="Contact"),
    Field(name="phone", type="phone", label="Téléphone"),
    Field(name="conditions", type="paragraph", label="Conditions"),
)


class Providers:
    """The catalogue of providers. Anybody may read it; who may change it is settled by the door, or by `take_in`."""

    def __init__(self, database: Database, store: Store, procedures: Procedures, clock: Clock) -> None:
        self._database = database
        self._store = store
        self._procedures = procedures
        self._clock = clock

    @property
    def themes(self) -> dict[str, str]:
        """The themes that a provider may deal with, identifier → label: those that the procedures offer."""
        return themes_of(self._procedures.library)

    def add(self, provider: Provider) -> Provider:
        """Keep a provider, replacing what was known of it, and return it as kept. InvalidData names every fault."""
        kept = cleaned(provider, themes=self.themes)
        with self._database.transaction() as raw:
            self._store.upsert_provider(raw, kept)
        return kept

    def get(self, provider_id: str) -> Provider:
        """Return a provider. AppuiError `unknown_provider`, with the nearest identifiers, when there is none."""
        known = {provider.id: provider for provider in self.list()}
        if provider_id not in known:
            near = difflib.get_close_matches(str(provider_id)[:100], known, n=1)
            more = f"vouliez-vous dire « {near[0]} » ?" if near else "« appui provider list » donne les identifiants."
            raise AppuiError(f"Prestataire inconnu : « {shown(provider_id)} » ; {more}", code="unknown_provider")
        return known[provider_id]

    def search(
        self, *, theme: str | None = None, territory: str | None = None, text: str | None = None
    ) -> list[Provider]:
        """Return those that deal with that theme, work in the whole of that territory, and speak of every word.

        Nearest first (a commune's own before its EPCI's, then the département's…), then by name. An EPCI over several
        départements is served by those of each. InvalidData, with the nearest ones, for an unknown theme or territory.
        """
        themes = self.themes
        errors = [("theme", unknown_theme(theme, themes))] if theme is not None and theme not in themes else []
        if territory is not None and not register().territory_exists(territory):
            errors.append(("territory", _why_unknown(territory)))
        if errors:
            raise InvalidData(errors)
        around = None if territory is None else _around(territory)
        return fitting(self.list(), themes=[theme] if theme else (), around=around, text=text or "")

    def for_case(self, case: Case) -> list[Provider]:
        """Return those that work where the applicant is and deal with a theme of the case; nearest first, then by name.

        A case without a theme may need any of them.
        """
        return fitting(self.list(), themes=case.data.get("themes") or (), around=territories_of(case))

    def take_in(
        self,
        sheets: Sequence[ProviderSheet],
        *,
        department: str,
        actor: Actor,
        accept: Collection[str] = (),
        accept_all: bool = False,
        partial: bool = False,
        dry_run: bool = False,
    ) -> Sequence[Revision]:
        """Take sheets into the catalogue of a département; return what becomes of each, in their order.

        A sheet that differs from what is known is written only when its identifier is accepted. One transaction:
        nothing is written when a sheet is refused (unless `partial`: the others are), nor when `dry_run` only tries.
        NotAllowed when the actor does not keep that catalogue; InvalidData for a `department` or `accept` that is not.
        """
        check_actor(actor)
        register().department(department)
        themes = self.themes
        _check_accepted(accept, [sheet.provider.id for sheet in sheets])
        now = self._clock()
        with self._database.transaction() as raw:
            rights = self._store.list_rights(raw, actor.id, calendar_of(METROPOLIS).local_day(now))
            today = calendar_of(department).local_day(now)
            permission = may_keep_catalogue(standing_of(actor, rights), department, today)
            if not permission.ok:
                raise NotAllowed(permission.text)
            known = {provider.id: provider for provider in self._store.list_providers(raw, lock=True)}
            revisions = [
                _revised(sheet, known, themes, department, accepted=accept_all or sheet.provider.id in accept)
                for sheet in sheets
            ]
            if not dry_run and (partial or all(each.status != REFUSED for each in revisions)):
                self._store.upsert_providers(raw, [each.provider for each in revisions if each.status in WRITTEN])
        return revisions

    def list(self) -> list[Provider]:
        """Return every provider, by name."""
        with self._database.reading() as raw:
            return self._store.list_providers(raw)


def cleaned(provider: Provider, *, themes: Mapping[str, str]) -> Provider:
    """Return the provider with its texts tidied, each theme and territory once. InvalidData names every fault.

    `themes`: those that it may deal with, identifier → label.
    """
    errors: list[tuple[str, str]] = []
    values: dict[str, Any] = {}
    for field in _FIELDS:
        given = getattr(provider, field.name)
        try:
            values[field.name] = None if _blank(given) else clean_value(field, given, path=field.name, today=date.max)
        except InvalidData as invalid:
            errors += invalid.errors
        else:
            if field.required and not values[field.name]:
                errors.append((field.name, f"Champ obligatoire : « {field.label} »."))
    errors += (("themes", unknown_theme(theme, themes)) for theme in provider.themes if theme not in themes)
    exists = register().territory_exists
    errors += (("territories", _why_unknown(place)) for place in provider.territories if not exists(place))
    if errors:
        raise InvalidData(errors)
    values |= {name: tuple(dict.fromkeys(getattr(provider, name))) for name in ("themes", "territories")}
    return replace(provider, **values)


def _why_unknown(territory: object) -> str:
    return unknown_territory(territory, near=near_territories(territory))


def _blank(value: object) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def _revised(
    sheet: ProviderSheet, known: Mapping[str, Provider], themes: Mapping[str, str], department: str, *, accepted: bool
) -> Revision:
    try:
        tidy = replace(sheet, provider=cleaned(sheet.provider, themes=themes))
    except InvalidData as invalid:
        return Revision(status=REFUSED, provider=sheet.provider, text=" ".join(text for _, text in invalid.errors))
    return revision(tidy, known, department=department, accepted=accepted)


def _check_accepted(accept: Collection[str], ids: Sequence[str]) -> None:
    errors = []
    for asked in accept:
        if asked not in ids:
            near = difflib.get_close_matches(asked[:100], ids, n=1)
            more = f" ; vouliez-vous dire « {near[0]} » ?" if near else "."
            errors.append(("accept", f"Aucune fiche n'a l'identifiant « {shown(asked)} »{more}"))
    if errors:
        raise InvalidData(errors)


def _around(territory: str) -> set[str]:
    """Return the territories whose providers work in that one: for an EPCI, in its part of their département too."""
    found = {*register().enclosing(territory)}
    if territory.startswith("epci:"):
        for code in register().departments_in(territory):
            found.update(register().enclosing(f"department:{code}"))
    return found
