"""Signatures: who has still to sign a convention. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from appui.states.case import Case


def missing(case: Case) -> list[Mapping[str, Any]]:
    """Return the parties whose signature is missing, `{id, name, email}` each, in the convention's order."""
    signed = case.data.get("signatures") or {}
    return [party for party in case.fact("convention.parties") or () if party["id"] not in signed]
