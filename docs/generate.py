"""Generated documents: the diagram of the README, named functions, names of mails, from the code itself."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from appui.notifications.data import NAMES
from appui.states.diagram import mermaid
from appui.states.effects import BUILT_IN
from appui.states.library import shipped

ROOT = Path(__file__).parents[1]
SECTIONS: tuple[tuple[str, str, Mapping[str, Callable[..., Any]]], ...] = (
    ("Guards", "They read facts and decide whether an action is permitted, whatever its data.", BUILT_IN.guards),
    ("Checks", "They read facts and the action's data; a failure names its field.", BUILT_IN.checks),
    ("Effects", "What an action makes true beyond its own data.", BUILT_IN.effects),
    ("Computed facts", "Kept in the case's data after each action.", BUILT_IN.computed),
    ("Choices", "They pick the state to which an action leads.", BUILT_IN.choices),
)


def functions_page() -> str:
    """Return the reference of named functions, as Markdown."""
    parts = ["# Named functions\n\nWhat a procedure may name. A host adds guards and facts through the constructor.\n"]
    for title, sentence, functions in SECTIONS:
        lines = [f"| `{name}` | {(function.__doc__ or '').splitlines()[0]} |" for name, function in functions.items()]
        parts.append(
            "\n".join([f"## {title}\n", f"{sentence}\n", "| name | what it says |", "|---|---|", *lines]) + "\n"
        )
    return "\n".join(parts)


def mail_data_page() -> str:
    """Return the reference of what the templates of mails may name, as Markdown."""
    lines = [
        f"| `{name}` | {each.meaning} | {'liste' if isinstance(each.sample, tuple) else ''} "
        f"| {'toujours' if each.always else ''} | {_shown(each.sample)} |"
        for name, each in NAMES.items()
    ]
    head = (
        "# What the templates of mails may name\n\nGenerated from `appui.notifications.data`. A name that is not marked"
        " « toujours » may have no value: a template asks `{% if name %}` first. See"
        " [how to change the mails](../how-to/change-the-mails.md).\n\n"
        "| name | what it says | | | for example |\n|---|---|---|---|---|\n"
    )
    return head + "\n".join(lines) + "\n"


def _shown(sample: object) -> str:
    if isinstance(sample, tuple):
        return ", ".join(sample)
    if isinstance(sample, bool) or sample is None:
        return "oui ou non"
    return " / ".join(str(sample).splitlines())


def readme(text: str) -> str:
    """Return the README with the diagram of the present procedure."""
    diagram = mermaid(shipped(BUILT_IN).get("engineering_request", 2), short=True)
    return re.sub(r"```mermaid\n.*?```", lambda _: f"```mermaid\n{diagram}```", text, flags=re.DOTALL)


def main() -> None:
    """Write the generated documents."""
    (ROOT / "docs" / "reference" / "functions.md").write_text(functions_page(), encoding="utf-8")
    (ROOT / "docs" / "reference" / "mail-data.md").write_text(mail_data_page(), encoding="utf-8")
    page = ROOT / "README.md"
    page.write_text(readme(page.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
