"""Territories: the register of communes, EPCI, arrondissements, départements and regions, and who an applicant is."""

from __future__ import annotations

import csv
import gzip
import io
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from typing import NamedTuple

from appui.states.applicant import KINDS, Applicant, ApplicantByHand, siren_is_valid
from appui.states.errors import InvalidData

VINTAGE = 2026
"""Year of the territories and of the populations in force."""

POPULATION_MAX = 100_000_000
NAME_MAX = 200

_KIND_IN_REGISTER = {"MET69": "METRO"}
_LONG_KINDS = (
    (("communaute", "communes"), "cc"),
    (("communaute", "agglomeration"), "ca"),
    (("communaute", "urbaine"), "cu"),
)
_ARTICLES = frozenset({"le", "la", "les", "l", "de", "du", "des", "d"})
_BETWEEN_WORDS = re.compile(r"[\W_\u02b0-\u02ff]+")
_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae"})


@dataclass(frozen=True, slots=True)
class Region:
    """A region, or an overseas collectivity that stands for one."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Department:
    """A département, or an overseas collectivity that stands for one."""

    code: str
    """`79`, `2A`, `971`."""
    name: str
    region: str
    """Code of its region."""


class _Commune(NamedTuple):
    code: str
    name: str
    arrondissement: str
    siren: str
    population: str
    epci: str

    @property
    def department(self) -> str:
        return self.code[:3] if self.code.startswith(("97", "98")) else self.code[:2]


class _Epci(NamedTuple):
    siren: str
    name: str
    kind: str
    population: str
    spans: str

    @property
    def departments(self) -> tuple[str, ...]:
        return tuple(self.spans.split())


class _Arrondissement(NamedTuple):
    code: str
    name: str
    department: str


@cache
def register() -> Register:
    """Return the register shared by the whole process; it never changes."""
    return Register()


class Register:
    """The territories of one vintage, read from the package's data. Communes are read at the first use of one."""

    def __init__(self) -> None:
        self._regions = {code: Region(code, name) for code, name in _rows("regions.csv")}
        self._departments = {row[0]: Department(*row) for row in _rows("departments.csv")}
        self._arrondissements = {row[0]: _Arrondissement(*row) for row in _rows("arrondissements.csv")}
        self._epci = {row[0]: _Epci._make(row) for row in _rows("epci.csv")}
        self._names: dict[str, dict[str, list[str]]] = {}

    def find(self, code: object) -> Applicant | None:
        """Return the commune or EPCI of that INSEE code or SIREN, or None. Spaces in the code do not count."""
        wanted = _canonical(code)
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

    def match(self, name: object, *, department: str) -> list[Applicant]:
        """Return the communes and EPCI of the département that bear that name, communes first; empty if none.

        Case, accents, ligatures, hyphens, apostrophes and articles do not count; « CC » and « communauté de communes »
        are the same. Nothing is guessed beyond that. An EPCI over several départements is found in each of them.
        """
        folded = fold_name(name)
        if not folded or not self._knows(department):
            return []
        return [self.get(code) for code in self._names_in(department).get(folded, ())]

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

    def territory_exists(self, territory: object) -> bool:
        """Return whether a grant may name it: `nation`, `region:75`, `epci:200040244`."""
        return self._label(territory) is not None

    def territory_label(self, territory: object) -> str:
        """Return the French name of what a grant names; an unknown territory is shown as such."""
        return self._label(territory) or f"territoire inconnu « {shown(territory)} »"

    def by_hand(self, applicant: ApplicantByHand, *, year: int | None = None) -> Applicant:
        """Return an applicant that stands in no register, or raise InvalidData with every fault, at `applicant.*`.

        `year` is that of the population, when the desk gives one.
        """
        faults = [
            (f"applicant.{field}", fault)
            for field, fault in (
                ("name", _fault_of_name(applicant.name)),
                ("kind", _fault_of_kind(applicant.kind)),
                ("department", None if self._knows(applicant.department) else unknown_department(applicant.department)),
                ("siren", _fault_of_siren(applicant.siren)),
                ("population", _fault_of_population(applicant.population)),
            )
            if fault is not None
        ]
        if faults:
            raise InvalidData(faults)
        counted = applicant.population is not None
        return Applicant(
            name=_tidy(applicant.name),
            kind=applicant.kind,
            department=applicant.department,
            siren=_canonical(applicant.siren) or None,
            population=applicant.population,
            population_year=year if counted else None,
            population_source="déclarée à l'enregistrement" if counted else None,
            region=self._departments[applicant.department].region,
        )

    @cached_property
    def _communes(self) -> dict[str, _Commune]:
        return {row[0]: _Commune._make(row) for row in _rows("communes.csv.gz")}

    @cached_property
    def _communes_by_siren(self) -> dict[str, _Commune]:
        return {commune.siren: commune for commune in self._communes.values() if commune.siren}

    @cached_property
    def _members(self) -> dict[str, list[_Commune]]:
        members = defaultdict(list)
        for commune in self._communes.values():
            if commune.epci:
                members[commune.epci].append(commune)
        return dict(members)

    def _names_in(self, department: str) -> dict[str, list[str]]:
        if department not in self._names:
            codes = defaultdict(list)
            for commune in self._communes.values():
                if commune.department == department:
                    codes[fold_name(commune.name)].append(commune.code)
            for epci in self._epci.values():
                if department in epci.departments:
                    codes[fold_name(epci.name)].append(epci.siren)
            self._names[department] = dict(codes)
        return self._names[department]

    def _knows(self, department: object) -> bool:
        return isinstance(department, str) and department in self._departments

    def _commune_as_applicant(self, commune: _Commune) -> Applicant:
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

    def _epci_as_applicant(self, epci: _Epci) -> Applicant:
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


def fold_name(name: object) -> str:
    """Return what identifies a name: its words without case, accents, ligatures, punctuation and articles.

    Empty for what cannot be a name.
    """
    if not isinstance(name, str) or len(name) > NAME_MAX:
        return ""
    letters = (letter for letter in unicodedata.normalize("NFKD", name) if not unicodedata.combining(letter))
    text = "".join(letters).casefold().translate(_LIGATURES)
    words = [word for word in _BETWEEN_WORDS.split(text) if word]
    kept = tuple(word for word in words if word not in _ARTICLES) or tuple(words)
    for long, short in _LONG_KINDS:
        if kept[: len(long)] == long:
            return " ".join((short, *kept[len(long) :]))
    return " ".join(kept)


def unknown_department(code: object) -> str:
    """Return the French sentence that refuses a département."""
    return f"« {shown(code)} » n'est pas un département connu : donnez son code, par exemple 79, 2A ou 971."


def shown(value: object, *, limit: int = 40) -> str:
    """Return what somebody gave as it can be quoted in a sentence: short, on one line, printable."""
    if not isinstance(value, str):
        return "(rien)" if value is None else "(autre chose qu'un texte)"
    start = "".join(letter if letter.isprintable() else "�" for letter in value[:limit])
    return f"{start}…" if len(value) > limit else start


def _rows(name: str) -> Iterable[list[str]]:
    content = (files("appui.workflow") / "territories_data" / name).read_bytes()
    text = (gzip.decompress(content) if name.endswith(".gz") else content).decode()
    return csv.reader(io.StringIO(text), delimiter=";")


def _canonical(code: object) -> str:
    if not isinstance(code, str) or len(code) > 32:
        return ""
    return "".join(code.split()).upper()


def _why_unknown(code: object) -> str:
    wanted = _canonical(code)
    if len(wanted) == 9 and wanted.isascii() and wanted.isdigit():
        return _fault_of_siren(wanted) or (
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


def _tidy(name: str) -> str:
    return unicodedata.normalize("NFC", " ".join(name.split()))


def _fault_of_name(name: object) -> str | None:
    if not isinstance(name, str) or not name.strip():
        return "Le nom du demandeur manque : écrivez-le tel qu'il doit figurer dans les courriers."
    if len(name) > NAME_MAX:
        return f"Le nom compte {len(name)} caractères : {NAME_MAX} au plus."
    if not _tidy(name).isprintable():
        return f"Le nom « {shown(name)} » contient des caractères invisibles : ressaisissez-le."
    return None


def _fault_of_kind(kind: object) -> str | None:
    if isinstance(kind, str) and kind in KINDS:
        return None
    known = ", ".join(f"{key} ({label})" for key, label in KINDS.items())
    return f"« {shown(kind)} » n'est pas une nature de demandeur connue : choisissez parmi {known}."


def _fault_of_siren(siren: object) -> str | None:
    if siren is None or siren_is_valid(_canonical(siren)):
        return None
    return (
        f"« {shown(siren)} » n'est pas un SIREN : il en faut les 9 chiffres, et la clé de contrôle doit être juste ; "
        "vérifiez la saisie."
    )


def _fault_of_population(population: object) -> str | None:
    if population is None:
        return None
    if isinstance(population, int) and not isinstance(population, bool) and 0 <= population <= POPULATION_MAX:
        return None
    return "La population doit être un nombre entier d'habitants, de 0 à cent millions."
