"""Cells: what the text of one may be. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from appui.states.errors import InvalidData
from appui.states.fields import clean_value
from appui.states.procedure import Field
from appui.workflow.territories import shown

CELL_MAX = 20_000
"""Characters of a cell."""

_ERROR = re.compile(r"#(REF|VALUE|VALEUR|DIV/0|NAME|NOM|NULL|NUL|NUM|NOMBRE|SPILL|CALC)[!?]|#N/[AD]")
"""What a spreadsheet shows for a formula that fails, in English and in French."""


def tidy_cell(text: str) -> str:
    """Return a cell's text without the blanks around it, its lines ended as everywhere."""
    return text.strip().replace("\r\n", "\n").replace("\r", "\n")


def faults_of_cell(text: str, *, label: str) -> Iterator[str]:
    """Yield why a cell cannot be kept: it shows a failed formula, is too long, or hides what nobody sees."""
    if _ERROR.fullmatch(text):
        yield f"« {shown(label)} » affiche {text} : corrigez la formule, ou videz la cellule."
    elif not (len(text) <= CELL_MAX and text.isprintable()):
        yield from _hidden(text, label=label)


def _hidden(text: str, *, label: str) -> list[str]:
    try:
        clean_value(Field(name="cell", type="paragraph", label=shown(label)), text, path="", today=date.max)
    except InvalidData as invalid:
        return [sentence for _, sentence in invalid.errors]
    return []
