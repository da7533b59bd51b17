"""Export: the register of a département in its tracker's own columns, so that a sheet goes in and comes back out."""

from __future__ import annotations

from collections.abc import Iterator

from appui.states.actor import Actor
from appui.states.case import Case
from appui.workflow.engine import ENGINEERING_REQUEST, Engine
from appui.workflow.importing.mapping import TrackerMapping, parse_mapping
from appui.workflow.importing.requests import line_in, provider_names
from appui.workflow.importing.tracker_lines import columns_of
from appui.workflow.reports.sheets import Column, Sheet

_PAGE = 200


def read_mapping(engine: Engine, content: bytes) -> TrackerMapping:
    """Return the mapping of a file, whose states may be those of any version. InvalidData names every fault."""
    versions = engine.library.versions_of(ENGINEERING_REQUEST)
    states = {name for procedure in versions for name in procedure.states}
    return parse_mapping(content, states=states, facts=engine.functions.guards)


def register_sheet(engine: Engine, mapping: TrackerMapping, *, department: str, actor: Actor) -> Sheet:
    """Return the cases of a département that the actor sees, a line each, as its tracker would have them.

    Those that came from that tracker come first, in its order; then the others by reference. The last column is the
    reference, by which a line is known when the sheet comes back.
    """
    providers = provider_names(engine)
    places = engine.import_places(mapping.source)
    cases = sorted(_cases(engine, department, actor), key=lambda case: (places.get(case.id, _LAST), case.reference))
    lines = [line_in(engine, case, mapping, providers) for case in cases]
    names = list(columns_of(mapping).values())
    extra = dict.fromkeys(column for line in lines for column in line if column not in names)
    reference = names.pop()
    columns = [*names, *extra, reference]
    return Sheet(
        "Demandes",
        tuple(Column(name) for name in columns),
        tuple(tuple(line.get(name, "") for name in columns) for line in lines),
    )


_LAST = 10**9
"""The place of what stands in no line of the tracker."""


def _cases(engine: Engine, department: str, actor: Actor) -> Iterator[Case]:
    after: str | None = None
    while True:
        page = engine.cases(actor=actor, department=department, procedure=ENGINEERING_REQUEST, after=after, limit=_PAGE)
        yield from page.items
        after = page.next
        if after is None:
            return
