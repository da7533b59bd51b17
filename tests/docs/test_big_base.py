"""What the documents claim of a big base is what the kept figures say."""

import json
from pathlib import Path

from bench.big.report import page

ROOT = Path(__file__).parents[2]


def test_the_report_is_what_the_kept_figures_give():
    """Nobody writes a figure by hand."""
    figures = json.loads((ROOT / "bench" / "results" / "big.json").read_text(encoding="utf-8"))

    assert (ROOT / "docs" / "reference" / "big-base.md").read_text(encoding="utf-8") == page(figures)
