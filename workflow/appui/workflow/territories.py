"""Territories: the register of communes, EPCI, arrondissements, départements and regions, and who an applicant is."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property

from appui.states.applicant import Applicant, ApplicantByHand, canonical_code, siret_is_valid
from appui.states.errors import InvalidData
from appui.states.wording import listed, shown
from appui.workflow.by_hand import fault_of_siren, faults_of, tidy
from appui.workflow.gazetteer import Gazetteer
from appui.workflow.name_index import Named
from appui.workflow.territory_rows import Arrondissement, Commune, Department, Epci, Region, rows

__all__ = ["VINTAGE", "LookUp", "Register", "register", "shown", "unknown_department", "unknown_territory"]

VINTAGE = 2026
"""Year of the territories and of the populations in force."""

_KIND_IN_REGISTER = {"MET69": "METRO"}


@dataclass(frozen=True, slots=True)
class LookUp:
    """Whom a text names, as far as the register can tell."""

    accepted: Applicant | None = None
    """The one whom it surely names; None when nobody is sure."""
    candidates: tuple[Applicant, ...] = ()
    """Those whom it may name, the likeliest first, `accepted` before all."""


@cache
def register() -> Register:
    """Return the register shared by the whole process; it never changes."""
    return Register()


class Register:
    """The territories of one vintage, read from the package's data. Communes are read at the first use of one."""

    def __init__(self) -> None:
        self._regions = {code: Region(code, name) for code, name in rows("regions.csv")}
        self._departments = {row[0]: Department(*row) for row in rows("departments.csv")}
        self._arrondissements = {row[0]: Arrondissement(*row) for row in rows("arrondissements.csv")}
        self._epci = {row[0]: Epci._make(row) for row in rows("epci.csv")}

    def find(self, code: object) -> Applicant | None:
        """Return the commune or EPCI of that INSEE code or SIREN, or None. Spaces in the code do not count."""
        wanted = canonical_code(code)
        commune = self._communes.get(wanted) or self._communes_by_siren.get(wanted)
        if commune is not None:
            return self._commune_as_applicant(commune)
        epci = self._epci.get(wanted)
        return None if epci is None else self._epci_as_applicant(epci)

    def get(self, code: object) -> Applicant:
        """Return the commune or EPCI of that INSEE code or SIREN, or raise InvalidData at `applicant`."""
        found = self.find(code)
        if found is None:
            raise InvalidData([("applicant", _why_unknown(code))])
        return found

    def look_up(self, text: object, *, department: str | None = None, limit: int = 10) -> LookUp:
        """Return whom a text names: an INSEE code, a SIREN, a SIRET, or a name as people write it.

        Accepted is, within the département when one is given, here or in the text (« Échiré (79) »):
        1. who has that code, if its key is right;
        2. else the only one whose name folds to the text, or to what follows « mairie de » in it (see `fold_name`); to
           the name of a commune the text may add no article: « La Vergne » is not Vergné;
        3. of several, the only one to whose name it adds no accent either: « Vergne » may be Vergné or La Vergne.
        The others are candidates: those of another département, those who share the name, and those whose name is near,
        mistyped, shortened or begun. Of elsewhere, near names are looked for only when the département has none.
        """
        if department is not None and not self._knows(department):
            return LookUp()
        coded = self._find_by_code(text)
        if coded is not None:
            found, sure = coded
            return LookUp(found if sure and self._lies_in(found, department) else None, (found,)[: max(limit, 0)])
        accepted, named = self._gazetteer.look_up(text, department=department, limit=max(limit, 0))
        return LookUp(
            None if accepted is None else self.get(accepted.code), tuple(self.get(each.code) for each in named)
        )

    def match(self, name: object, *, department: str) -> list[Applicant]:
        """Return those of the département whose name folds to that one, communes first; empty if none.

        An EPCI over several départements is found in each. Of several, `look_up` may still accept one.
        """
        if not self._knows(department):
            return []
        return [self.get(named.code) for named in self._gazetteer.bearers(name, department=department)]

    def departments(self) -> tuple[Department, ...]:
        """Return every département and overseas collectivity, by code."""
        return tuple(self._departments.values())

    def department(self, code: str) -> Department:
        """Return that département, or raise InvalidData at `department`."""
        if not self._knows(code):
            raise InvalidData([("department", unknown_department(code))])
        return self._departments[code]

    def region(self, code: str) -> Region:
        """Return that region, or raise InvalidData at `region`."""
        if code not in self._regions:
            text = f"« {shown(code)} » n'est pas une région connue : donnez son code, par exemple 75 ou 01."
            raise InvalidData([("region", text)])
        return self._regions[code]

    def region_of(self, department: str) -> Region:
        """Return the region of a département, or raise InvalidData at `department`."""
        return self._regions[self.department(department).region]

    def members(self, epci_siren: str) -> list[Applicant]:
        """Return the communes of an EPCI, by code; empty for an unknown one."""
        return [self._commune_as_applicant(commune) for commune in self._members.get(epci_siren, ())]

    def epci_departments(self, siren: str) -> tuple[str, ...]:
        """Return the départements that an EPCI spans, the most inhabited first; empty for an unknown one."""
        epci = self._epci.get(siren)
        return () if epci is None else epci.departments

    def departments_in(self, territory: str) -> tuple[str, ...]:
        """Return the codes of the départements in which a territory lies; empty for an unknown one."""
        kind, _, code = territory.partition(":")
        match kind:
            case "nation":
                return tuple(self._departments)
            case "region":
                return tuple(each.code for each in self._departments.values() if each.region == code)
            case "department":
                return (code,) if code in self._departments else ()
            case "arrondissement":
                found = self._arrondissements.get(code)
                return () if found is None else (found.department,)
            case "epci":
                return self.epci_departments(code)
            case "commune":
                return (self._communes[code].department,) if code in self._communes else ()
            case _:
                return ()

    def wide_territories(self) -> dict[str, str]:
        """Return every region, département and arrondissement → its name, without the word for what it is."""
        return {
            **{f"region:{code}": region.name for code, region in self._regions.items()},
            **{f"department:{code}": department.name for code, department in self._departments.items()},
            **{f"arrondissement:{code}": each.name for code, each in self._arrondissements.items()},
        }

    def territory_exists(self, territory: object) -> bool:
        """Return whether a grant may name it: `nation`, `region:75`, `epci:200040244`."""
        return self._label(territory) is not None

    def territory_label(self, territory: object) -> str:
        """Return the French name of what a grant names; an unknown territory is shown as such."""
        return self._label(territory) or f"territoire inconnu « {shown(territory)} »"

    def enclosing(self, territory: object) -> tuple[str, ...]:
        """Return every territory that holds the whole of that one: itself first, then wider ones, the nation last.

        An EPCI over several départements lies in none of them. InvalidData, at `territory`, for an unknown one.
        """
        if not isinstance(territory, str) or not self.territory_exists(territory):
            raise InvalidData([("territory", unknown_territory(territory))])
        kind, _, code = territory.partition(":")
        around = {kind: {code}}
        if kind in ("commune", "epci"):
            communes = self._members[code] if kind == "epci" else [self._communes[code]]
            around["epci"] = {commune.epci for commune in communes}
            around["arrondissement"] = {commune.arrondissement for commune in communes}
            around["department"] = {commune.department for commune in communes}
        if kind == "arrondissement":
            around["department"] = {self._arrondissements[code].department}
        if "department" in around:
            around["region"] = {self._departments[each].region for each in around["department"]}
        whole = ((kind, *codes) for kind, codes in around.items() if len(codes) == 1 and "" not in codes)
        return (*(":".join(each) for each in whole), "nation")

    def by_hand(self, applicant: ApplicantByHand, *, year: int | None = None) -> Applicant:
        """Return an applicant that stands in no register, or raise InvalidData with every fault, at `applicant.*`.

        `year` is that of the population, when the desk gives one.
        """
        known = self._knows(applicant.department)
        faults = faults_of(applicant, of_department=None if known else unknown_department(applicant.department))
        if faults:
            raise InvalidData(faults)
        counted = applicant.population is not None
        return Applicant(
            name=tidy(applicant.name),
            kind=applicant.kind,
            department=applicant.department,
            siren=canonical_code(applicant.siren) or None,
            population=applicant.population,
            population_year=year if counted else None,
            population_source="déclarée à l'enregistrement" if counted else None,
            region=self._departments[applicant.department].region,
        )

    @cached_property
    def _communes(self) -> dict[str, Commune]:
        return {row[0]: Commune._make(row) for row in rows("communes.csv.gz")}

    @cached_property
    def _communes_by_siren(self) -> dict[str, Commune]:
        return {commune.siren: commune for commune in self._communes.values() if commune.siren}

    @cached_property
    def _members(self) -> dict[str, list[Commune]]:
        members = defaultdict(list)
        for commune in self._communes.values():
            if commune.epci:
                members[commune.epci].append(commune)
        return dict(members)

    @cached_property
    def _gazetteer(self) -> Gazetteer:
        return Gazetteer(self._named(), departments={each.code: each.name for each in self.departments()})

    def _named(self) -> Iterator[Named]:
        for commune in self._communes.values():
            yield Named(commune.code, commune.name, (commune.department,), int(commune.population or 0))
        for epci in self._epci.values():
            yield Named(epci.siren, epci.name, epci.departments, int(epci.population))

    def _find_by_code(self, text: object) -> tuple[Applicant, bool] | None:
        """Return who has that INSEE code, SIREN or SIRET, and whether its key is right."""
        code = canonical_code(text)
        if len(code) != 14:
            found, sure = self.find(code), True
        else:
            found, sure = self.find(code[:9]), siret_is_valid(code)
        return None if found is None else (found, sure)

    def _lies_in(self, applicant: Applicant, department: str | None) -> bool:
        return department in (None, applicant.department, *self.epci_departments(applicant.code or ""))

    def _knows(self, department: object) -> bool:
        return isinstance(department, str) and department in self._departments

    def _commune_as_applicant(self, commune: Commune) -> Applicant:
        counted = commune.population != ""
        return Applicant(
            name=commune.name,
            kind="commune",
            department=commune.department,
            code=commune.code,
            siren=commune.siren or None,
            population=int(commune.population) if counted else None,
            population_year=VINTAGE if counted else None,
            population_source=f"INSEE, millésime {VINTAGE}" if counted else None,
            region=self._departments[commune.department].region,
            arrondissement=commune.arrondissement or None,
            epci=commune.epci or None,
        )

    def _epci_as_applicant(self, epci: Epci) -> Applicant:
        arrondissements = {commune.arrondissement for commune in self._members[epci.siren]}
        return Applicant(
            name=epci.name,
            kind=_KIND_IN_REGISTER.get(epci.kind, epci.kind),
            department=epci.departments[0],
            code=epci.siren,
            siren=epci.siren,
            population=int(epci.population),
            population_year=VINTAGE,
            population_source=f"DGCL, millésime {VINTAGE}",
            region=self._departments[epci.departments[0]].region,
            # The register gives no seat: only an EPCI that lies within one arrondissement surely belongs to it.
            arrondissement=(arrondissements.pop() or None) if len(arrondissements) == 1 else None,
            epci=epci.siren,
        )

    def _label(self, territory: object) -> str | None:
        if territory == "nation":
            return "France entière"
        if not isinstance(territory, str):
            return None
        kind, _, code = territory.partition(":")
        match kind:
            case "region":
                return f"région {self._regions[code].name}" if code in self._regions else None
            case "department":
                return self._departments[code].name if code in self._departments else None
            case "arrondissement":
                found = self._arrondissements.get(code)
                return None if found is None else f"arrondissement {_of(found.name)}"
            case "epci":
                return self._epci[code].name if code in self._epci else None
            case "commune":
                return f"{self._communes[code].name} (commune)" if code in self._communes else None
        return None


def unknown_department(code: object) -> str:
    """Return the French sentence that refuses a département."""
    return f"« {shown(code)} » n'est pas un département connu : donnez son code, par exemple 79, 2A ou 971."


def unknown_territory(territory: object, *, near: Iterable[str] = ()) -> str:
    """Return the French sentence that refuses a territory, with those that may have been meant."""
    meant = listed([f"« {each} » ({register().territory_label(each)})" for each in near], last="ou")
    more = f"vouliez-vous dire {meant} ?" if meant else "attendu, par exemple, « department:79 »."
    return f"Territoire inconnu : « {shown(territory)} » ; {more}"


def _why_unknown(code: object) -> str:
    wanted = canonical_code(code)
    if len(wanted) == 9 and wanted.isascii() and wanted.isdigit():
        return fault_of_siren(wanted) or (
            f"Le SIREN {wanted} n'est celui d'aucune commune ni d'aucun EPCI du registre {VINTAGE} : "
            "vérifiez-le ou, pour un autre organisme, saisissez son nom, sa nature et son département."
        )
    if len(wanted) == 5 and wanted.isascii() and wanted.isalnum():
        return (
            f"Le code INSEE « {wanted} » n'est celui d'aucune commune du registre {VINTAGE} : "
            "vérifiez-le (le code INSEE n'est pas le code postal)."
        )
    return (
        f"« {shown(code)} » n'est ni un code INSEE ni un SIREN : donnez le code INSEE d'une commune (5 caractères, "
        "par exemple 79191) ou le SIREN d'une commune ou d'un EPCI (9 chiffres, les premiers du SIRET)."
    )


def _of(name: str) -> str:
    for article, contracted in (("Le ", "du "), ("Les ", "des ")):
        if name.startswith(article):
            return contracted + name.removeprefix(article)
    vowel = unicodedata.normalize("NFD", name)[:1] in "AEIOUY"
    return f"d'{name}" if vowel else f"de {name}"
