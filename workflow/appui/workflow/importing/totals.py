"""Totals: the lines of a table that sum up others and stand for none. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from appui.workflow.names import plain_words

_TOTAL = re.compile(r"(l[ae]? |les )?((sous )?(total|totaux)( .*)?|ensemble( general)?)")


def is_total(cells: Mapping[str, str], *, blank: Collection[str]) -> bool:
    """Whether a line says « Total », « Sous-total », « Ensemble »… first, and nothing in the `blank` columns.

    Without such columns nothing tells a total from a line of the table: none is one.
    """
    first = next(iter(cells.values()), "")
    says_so = _TOTAL.fullmatch(" ".join(plain_words(first))) is not None
    return says_so and bool(blank) and not any(name in cells for name in blank)
