"""Template files: those of the product and those that an operator puts in their place, checked before they serve."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterator, Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import Template, TemplateError, TemplateSyntaxError, nodes

from appui.notifications.data import NAMES, samples
from appui.notifications.notices import notices
from appui.notifications.page import FUNCTIONS
from appui.notifications.rendering import environment, rendered
from appui.notifications.words import Words
from appui.states.errors import InvalidConfig
from appui.states.wording import listed

MAX_BYTES = 64 << 10
_MARKS = dict.fromkeys((2, 3))
"""Control characters that the page keeps for itself."""
BLOCKS = ("subject", "body")
_SUFFIX = ".j2"
_PLAIN = (
    nodes.Template, nodes.Block, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Const, nodes.If, nodes.For,
    nodes.And, nodes.Or, nodes.Not, nodes.Compare, nodes.Operand, nodes.Call, nodes.Tuple, nodes.Keyword,
)  # fmt: skip
"""What a template may be made of: no attribute, no arithmetic, no loop but over a list that is given."""


class Templates:
    """The templates of every notice, an operator's own first."""

    def __init__(self, folder: Path | None = None) -> None:
        """Read the operator's folder: `<notice>.j2` replaces that notice's template. InvalidConfig names its faults."""
        self._own: Mapping[str, _Checked] = {} if folder is None else _read(folder)

    def names(self, notice: str) -> frozenset[str]:
        """Return the declared names that the template of a notice uses."""
        return self._of(notice).names

    def words(self, notice: str, values: Mapping[str, Any]) -> Words:
        """Return a message in words. Every name of `data.NAMES` must be among the values, None for what is unknown."""
        return rendered(self._of(notice).template, values)

    def _of(self, notice: str) -> _Checked:
        return self._own.get(notice) or _shipped(notice)


class _Checked:
    """A template that is right."""

    def __init__(self, source: str) -> None:
        source = source.translate(_MARKS)
        tree = environment().parse(source)
        self.names = frozenset(node.name for node in tree.find_all(nodes.Name)) & NAMES.keys()
        self.template: Template = environment().from_string(source)


@cache
def _shipped(notice: str) -> _Checked:
    return _Checked(shipped_source(notice))


def shipped_source(notice: str) -> str:
    """Return the product's own template of a notice."""
    return (files("appui.notifications") / "templates" / f"{notice}{_SUFFIX}").read_text(encoding="utf-8")


def _read(folder: Path) -> dict[str, _Checked]:
    found: dict[str, _Checked] = {}
    faults: list[str] = []
    try:
        paths = sorted(folder.glob(f"*{_SUFFIX}"))
        sources = {path: path.read_bytes()[: MAX_BYTES + 1] for path in paths}
    except OSError as error:
        raise InvalidConfig(f"Le dossier de modèles {folder} ne peut pas être lu : vérifiez ses droits.") from error
    for path, content in sources.items():
        of_file = [f"{path}{fault}" for fault in faults_of(path.stem, content)]
        faults += of_file
        if not of_file:
            found[path.stem] = _Checked(content.decode("utf-8-sig"))
    if faults:
        raise InvalidConfig(f"Les modèles de courriels ne peuvent pas servir : {' ; '.join(faults)}.")
    return found


def faults_of(notice: str, content: bytes) -> list[str]:
    """Return what is wrong with a template of that notice, each fault with its line, in French; empty when right."""
    if notice not in notices():
        return [f" : aucun avis ne s'appelle « {notice[:60]} »{_near(notice, notices())}"]
    if len(content) > MAX_BYTES:
        return [f" : trop grand, {MAX_BYTES >> 10} Kio au plus"]
    try:
        source = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        return [f", ligne {line} : n'est pas en UTF-8"]
    try:
        tree = environment().parse(source)
    except TemplateSyntaxError as error:
        return [f", ligne {error.lineno} : n'est pas un modèle Jinja valide"]
    except RecursionError:
        return [" : trop imbriqué"]
    faults = [f", ligne {line} : {fault}" for line, fault in _faults_in(tree)]
    faults += [f" : manque le bloc « {name} »" for name in BLOCKS if name not in _blocks(tree)]
    return faults or _faults_when_used(source)


def _faults_when_used(source: str) -> list[str]:
    """Return what goes wrong with all values known, or with none but those that always are."""
    checked = _Checked(source)
    try:
        inside = {"outside": False, "for_applicant": False, "accepts": False, "overdue": True}
        for values in (samples(), samples() | inside, samples(only_always=True)):
            rendered(checked.template, values)
    except (TemplateError, ValueError, TypeError) as error:
        optional = sorted(name for name in checked.names if not NAMES[name].always)
        hint = f"entourez de « if » ce qui peut manquer ({', '.join(optional)})" if optional else "vérifiez-le"
        return [f", ligne {_line_of(error, checked.template)} : ne s'écrit pas quand une valeur manque ; {hint}"]
    return []


def _line_of(error: BaseException, template: Template) -> int:
    """Return the line of the template at which it went wrong."""
    line, trace = 1, error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == "<template>":
            line = template.get_corresponding_lineno(trace.tb_lineno)
        trace = trace.tb_next
    return line


def _faults_in(tree: nodes.Template) -> Iterator[tuple[int, str]]:
    loops = [node for node in tree.find_all(nodes.For) if isinstance(node.target, nodes.Name)]
    inside = {node.target.name for node in loops if isinstance(node.target, nodes.Name)}
    for node in _all(tree):
        if not isinstance(node, _PLAIN):
            yield node.lineno, f"« {type(node).__name__} » n'a pas sa place ici : un modèle n'a que des noms, if et for"
        elif isinstance(node, nodes.Name) and node.name not in {*NAMES, *FUNCTIONS, *inside}:
            yield node.lineno, f"le nom « {node.name[:60]} » est inconnu{_near(node.name, NAMES)}"
        elif isinstance(node, nodes.Call) and not _calls_a_function(node):
            yield node.lineno, f"seuls {listed(FUNCTIONS)} s'appellent"
        elif isinstance(node, nodes.For) and not _is_list(node.iter):
            known = listed([name for name, each in NAMES.items() if isinstance(each.sample, tuple)], last="ou")
            yield node.lineno, f"« for » parcourt une liste donnée : {known}"
        elif isinstance(node, nodes.Block) and node.name not in BLOCKS:
            yield node.lineno, f"le bloc « {node.name[:60]} » est inconnu : {listed(BLOCKS)} suffisent"
    for node in tree.body:
        if isinstance(node, nodes.Block):
            continue
        texts = node.nodes if isinstance(node, nodes.Output) else [node]
        if any(not isinstance(each, nodes.TemplateData) or each.data.strip() for each in texts):
            yield node.lineno, "ce qui est hors des blocs ne s'enverrait pas"


def _all(node: nodes.Node) -> Iterator[nodes.Node]:
    yield node
    for child in node.iter_child_nodes():
        yield from _all(child)


def _blocks(tree: nodes.Template) -> set[str]:
    return {node.name for node in tree.body if isinstance(node, nodes.Block)}


def _calls_a_function(node: nodes.Call) -> bool:
    starred = node.dyn_args is not None or node.dyn_kwargs is not None
    return isinstance(node.node, nodes.Name) and node.node.name in FUNCTIONS and not starred


def _is_list(node: nodes.Node) -> bool:
    return isinstance(node, nodes.Name) and node.name in NAMES and isinstance(NAMES[node.name].sample, tuple)


def _near(name: str, known: Collection[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1)
    return f" ; vouliez-vous dire « {near[0]} » ?" if near else f" ; ceux qui existent : {', '.join(known)}"
