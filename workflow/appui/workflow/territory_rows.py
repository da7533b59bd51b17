"""Territory rows: the lines of the register's data files."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.resources import files
from typing import NamedTuple


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


class Commune(NamedTuple):
    """A line of `communes.csv.gz`; what is not known is empty."""

    code: str
    name: str
    arrondissement: str
    siren: str
    population: str
    epci: str

    @property
    def department(self) -> str:
        """Code of its département."""
        return self.code[:3] if self.code.startswith(("97", "98")) else self.code[:2]


class Epci(NamedTuple):
    """A line of `epci.csv`."""

    siren: str
    name: str
    kind: str
    population: str
    spans: str
    """Codes of its départements, separated by spaces."""

    @property
    def departments(self) -> tuple[str, ...]:
        """Codes of its départements, the most inhabited first."""
        return tuple(self.spans.split())


class Arrondissement(NamedTuple):
    """A line of `arrondissements.csv`."""

    code: str
    name: str
    department: str


def rows(name: str) -> Iterable[list[str]]:
    """Return the lines of a file of `territories_data`."""
    content = (files("appui.workflow") / "territories_data" / name).read_bytes()
    text = (gzip.decompress(content) if name.endswith(".gz") else content).decode()
    return csv.reader(io.StringIO(text), delimiter=";")
