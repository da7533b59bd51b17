"""French: the words of Typer and click. Help pages are composed here, usage errors are told from what they carry."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import typer
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text
from typer.core import TyperCommand, TyperGroup

from appui.workflow.cli.terminal import plain, rendered

USAGE_EXIT_CODE = 2
_HELP_OF_HELP = "montre cette aide"


class WrongUse(typer.BadParameter):
    """A command line that cannot be carried out as it is written; the message is a French sentence."""


class FrenchCommand(TyperCommand):
    """A command whose help is French."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the help page."""
        formatter.write(help_page(self, ctx))


class FrenchGroup(TyperGroup):
    """A group of commands whose help and errors are French."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the help page."""
        formatter.write(help_page(self, ctx))

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Return the command that the first argument names, WrongUse when there is none."""
        known = self.list_commands(ctx)
        if args[0] not in known:
            raise WrongUse(_unknown_command(args[0], known), ctx=ctx)
        return super().resolve_command(ctx, args)

    def summaries(self, ctx: Any) -> list[tuple[str, str]]:  # noqa: ARG002 (as click has it)
        """Return (name, first sentence of the help) for each command."""
        return [(name, _first_sentence(each.help)) for name, each in self.commands.items() if not each.hidden]


def speak_french(app: typer.Typer) -> typer.Typer:
    """Have every command and group below this application speak French, whoever wrote it; return the application."""
    for command in app.registered_commands:
        command.cls = FrenchCommand
    for group in app.registered_groups:
        group.cls = FrenchGroup
        group.no_args_is_help = True
        if group.typer_instance is not None:
            speak_french(group.typer_instance)
    return app


def help_page(command: Any, ctx: Any) -> str:
    """Return the help of a command or group, as wide as the terminal is."""
    parts: list[RenderableType] = [
        Text.assemble(("Utilisation : ", "bold"), usage_of(command, ctx)),
        Text(),
        Text(plain(_paragraphs(command.help))),
    ]
    for title, entries in _sections(command, ctx):
        parts += [Text(), Text(title, "bold"), _definitions(entries)]
    return rendered(*parts)


def usage_of(command: Any, ctx: Any) -> str:
    """Return how the command is written, `appui case act [OPTIONS] DOSSIER ACTION`."""
    arguments = [_argument(param) for param in command.params if param.param_type_name == "argument"]
    following = ["COMMANDE …"] if isinstance(command, FrenchGroup) else []
    return " ".join([ctx.command_path, "[OPTIONS]", *arguments, *following])


def is_usage_error(error: BaseException) -> bool:
    """Return whether it is the command line itself that is wrong."""
    return "UsageError" in _kinds(error)


def usage_lines(error: Any) -> list[str]:
    """Return what is wrong with a command line, and where its help is. The page itself when nothing was asked."""
    kinds = _kinds(error)
    if "NoArgsIsHelpError" in kinds:
        return [error.message]
    told = next(_SENTENCES[kind] for kind in kinds if kind in _SENTENCES)(error)
    context = error.ctx
    return [told] if context is None else [told, f"Aide : {context.command_path} --help"]


def _kinds(error: BaseException) -> list[str]:
    # By name: depending on its version, Typer has click inside or beside it.
    return [each.__name__ for each in type(error).__mro__]


def _paragraphs(help_text: str | None) -> str:
    """Return the help with each paragraph on one line: the terminal wraps it anew."""
    paragraphs = re.split(r"\n\s*\n", help_text or "")
    return "\n\n".join(" ".join(paragraph.split("\n")).strip() for paragraph in paragraphs)


def _sections(command: Any, ctx: Any) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    params = [param for param in command.get_params(ctx) if not getattr(param, "hidden", False)]
    arguments = [(_metavar(param), _explained(param)) for param in params if param.param_type_name == "argument"]
    options = [(_option(param), _explained(param)) for param in params if param.param_type_name == "option"]
    commands = command.summaries(ctx) if isinstance(command, FrenchGroup) else []
    for title, entries in (("Arguments", arguments), ("Options", options), ("Commandes", commands)):
        if entries:
            yield title, entries


def _definitions(entries: Sequence[tuple[str, str]]) -> RenderableType:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(max_width=30)
    table.add_column()
    for name, text in entries:
        table.add_row(Text(f"  {plain(name)}", "cyan"), Text(plain(text)))
    return table


def _argument(param: Any) -> str:
    name = _metavar(param)
    return name if param.required else f"[{name}]"


def _metavar(param: Any) -> str:
    return str(param.metavar or param.name.upper())


def _option(param: Any) -> str:
    names = ", ".join(sorted([*param.opts, *param.secondary_opts], key=len))
    return names if param.is_flag else f"{names} {param.metavar or 'VALEUR'}"


def _explained(param: Any) -> str:
    if "--help" in param.opts:
        return _HELP_OF_HELP
    text = param.help or ""
    return f"{text} (obligatoire)" if param.required and param.param_type_name == "option" else text


def _first_sentence(help_text: str | None) -> str:
    return re.split(r"\n|\. | ; ", _paragraphs(help_text))[0].rstrip(".")


def _unknown_command(name: str, known: Sequence[str]) -> str:
    return f"Commande inconnue : « {name} » ; {_nearest(name, known) or 'attendu ' + ', '.join(known) + '.'}"


def _nearest(name: str, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1)
    return f"vouliez-vous dire « {near[0]} » ?" if near else ""


def _unknown_option(error: Any) -> str:
    near = sorted(error.possibilities or ())
    return f"Option inconnue : « {error.option_name} »" + (f" ; vouliez-vous dire « {near[0]} » ?" if near else ".")


def _badly_used_option(error: Any) -> str:
    flag = "does not take" in error.message
    return f"L'option « {error.option_name} » {'ne prend pas de' if flag else 'attend une'} valeur."


def _missing(error: Any) -> str:
    param = error.param
    if param is None:
        return "Il manque quelque chose à cette commande."
    name = f"l'option {_option(param)}" if param.param_type_name == "option" else _metavar(param)
    return f"Il manque {name} ({param.help})." if param.help else f"Il manque {name}."


def _bad_value(error: Any) -> str:
    param = error.param
    where = "" if param is None else f" de {param.opts[0] if param.param_type_name == 'option' else _metavar(param)}"
    why = next((french for part, french in _REASONS.items() if re.search(part, error.message)), "voyez l'aide")
    return f"La valeur{where} ne convient pas : {why}."


def _other_misuse(error: Any) -> str:
    extra = re.search(r"unexpected extra argument(?:s|\(s\))? \((.*)\)", error.message, re.DOTALL)
    if extra:
        return f"Argument en trop : « {extra[1]} » ; un texte de plusieurs mots se met entre guillemets."
    if error.message.startswith("Missing command"):
        return "Il manque une commande."
    return "La ligne de commande n'est pas comprise."


_REASONS = {
    r"does not exist|No such file": "ce fichier n'existe pas",
    r"is a directory": "c'est un dossier, un fichier est attendu",
    r"is a file": "c'est un fichier, un dossier est attendu",
    r"not readable|Permission denied": "ce fichier ne peut pas être lu",
    r"not writable": "on ne peut pas y écrire",
    r"(?i)valid (int|integer)": "attendu un nombre entier",
    r"(?i)not in the range|greater than|less than": "ce nombre est hors des bornes",
    r"(?i)valid (float|number)": "attendu un nombre",
    r"(?i)datetime|date": "attendu une date, par exemple 2026-03-31",
    r"is not one of|Input should be": "ce n'est pas l'une des valeurs possibles",
}
"""What click's reason looks like → the same in French."""

_SENTENCES: dict[str, Callable[[Any], str]] = {
    "WrongUse": lambda error: str(error.message),
    "NoSuchOption": _unknown_option,
    "MissingParameter": _missing,
    "BadParameter": _bad_value,
    "BadOptionUsage": _badly_used_option,
    "UsageError": _other_misuse,
}
"""Kind of usage error → its sentence."""
