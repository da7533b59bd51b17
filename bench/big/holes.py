"""Holes: what stands, in the model of a case, for what each of its copies fills in.

A hole is a value of the right form (an identifier, a département, an address), so that the machine takes it, and one
that nothing else in a case can be, so that it is found again in the texts.
"""

from __future__ import annotations

from appui.states.applicant import Applicant


def hole(name: str) -> str:
    """Return the value that stands for what a copy calls `name`."""
    return f"zz.{name}.zz"


CASE_ID = hole("case_id")
REFERENCE = hole("reference")
TITLE = hole("title")
CONTACT = hole("contact")
EMAIL = "zz.email@exemple.invalid"
DEPARTMENT, NEIGHBOUR = "99", "9B"
SMALL, LARGE = 3_417, 51_839
"""Inhabitants of the model's applicant, on either side of what is covered in full."""
SECOND, MICROSECOND = 37, 1
"""At which everything is done in a model, and no deadline ends: its copies have seconds of their own."""
PEOPLE = ("agent", "colleague", "desk", "deputy", "delegate", "agency")
PROVIDERS = ("provider1", "provider2", "provider3")

_NAMES = (
    "case_id", "reference", "title", "contact", "code", "commune", "region", "department", "neighbour",
    "arrondissement", "epci", "source", "digest", "search", "term",
)  # fmt: skip
LITERALS: dict[str, str] = {
    **{hole(name): f"%({name})s" for name in _NAMES},
    **{hole(name): f"%({name})s" for name in (*PEOPLE, *(f"{each}_name" for each in PEOPLE), *PROVIDERS)},
    **{hole(f"hash{number}"): f"%(hash{number})s" for number in range(1, 60)},
    **{hole(f"{name}{number}"): f"%({name}{number})s" for name in ("salt", "commitment") for number in range(12)},
    **{hole(f"document{number}"): f"%(document{number})s" for number in range(1, 20)},
    **{hole(f"message{number}"): f"%(message{number})s" for number in range(99)},
    EMAIL: "%(email)s",
    f":{SECOND}.{MICROSECOND:06}+00:00": ":%(seconds)s+00:00",
    f'"{DEPARTMENT}"': '"%(department)s"',
    f'"{NEIGHBOUR}"': '"%(neighbour)s"',
    f'"population":{SMALL}': '"population":%(population)s',
    f'"population":{LARGE}': '"population":%(population)s',
    f"{SMALL} habitants": "%(population)s habitants",
    f"{LARGE} habitants": "%(population)s habitants",
}
"""What stands in a model → what stands in the stencil of its texts."""


def applicant(*, free: bool, year: int) -> Applicant:
    """Return the applicant of a model whose request is received that year."""
    return Applicant(
        name=hole("commune"),
        kind="commune",
        department=DEPARTMENT,
        code=hole("code"),
        population=SMALL if free else LARGE,
        population_year=year,
        population_source="fictive",
        region=hole("region"),
        arrondissement=hole("arrondissement"),
        epci=hole("epci"),
    )
