"""The application: what stands before the commands, and where each group of commands is, imported only when named."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Annotated, Any

import typer

from appui.workflow.cli.failures import EXIT_CODE, lines_of
from appui.workflow.cli.french import USAGE_EXIT_CODE, FrenchGroup, is_usage_error, speak_french, usage_lines
from appui.workflow.cli.options import Globals
from appui.workflow.cli.terminal import complain, flush_quietly, silence_stdout

INTERRUPTED_EXIT_CODE = 130


@dataclass(frozen=True, slots=True)
class Part:
    """A command, or a group of commands, that stands in a module of its own."""

    module: str
    attribute: str
    """A Typer application, or the function of a single command."""
    summary: str
    """In French."""


PARTS: Mapping[str, Part] = {
    "case": Part("appui.workflow.cli.cases", "cases", "les dossiers : lister, lire, faire avancer"),
    "agenda": Part("appui.workflow.cli.agenda", "agenda", "l'agenda d'une personne : retards, semaine, attentes"),
    "applicant": Part("appui.workflow.cli.applicants", "applicants", "les demandeurs : les trouver dans le registre"),
    "procedure": Part("appui.workflow.cli.procedures", "procedures", "les procédures : lister, vérifier, dessiner"),
    "journal": Part("appui.workflow.cli.journals", "journals", "les journaux : vérifier que rien n'y a été changé"),
    "user": Part("appui.workflow.cli.users", "users", "les personnes : rôles, territoires, absences"),
    "provider": Part("appui.workflow.cli.providers", "providers", "les prestataires"),
    "notice": Part("appui.workflow.cli.notices", "notices", "les courriels : à qui ils vont, ce qu'ils disent"),
    "import": Part("appui.workflow.importing.command", "app", "reprendre ce que le service tient ailleurs"),
    "export": Part("appui.workflow.importing.export_command", "app", "rendre le registre dans le tableau du service"),
    "report": Part("appui.workflow.reports.command", "app", "les chiffres : part locale, durées, retards"),
    "outbox": Part("appui.workflow.cli.outbox", "outbox", "la boîte d'envoi : voir, renvoyer, annuler"),
    "mail": Part("appui.workflow.cli.mail", "mail", "le courriel : essayer l'envoi"),
    "worker": Part(
        "appui.workflow.cli.worker",
        "worker",
        "surveille les échéances et envoie les courriels, jusqu'à ce qu'on l'arrête",
    ),
    "forecast": Part("appui.workflow.cli.forecast", "forecast", "les échéances, relances et courriels à venir"),
    "db": Part("appui.workflow.cli.databases", "databases", "la base : mettre à jour, vérifier"),
    "doctor": Part("appui.workflow.doctor.command", "doctor", "vérifie l'installation et dit quoi faire"),
    "torture": Part("appui.workflow.torture.command", "torture", "éprouve les promesses d'appui sur une base à part"),
    "demo": Part("appui.workflow.demonstration.command", "demo", "suit deux demandes fictives de bout en bout"),
}
"""Name → where it is; in the order of the help. Importing them all would take seconds: a command loads its own part."""


class Root(FrenchGroup):
    """The program itself: finds commands, and turns every exception into sentences and an exit code."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 (as click has it)
        """Return the names of the parts."""
        return list(PARTS)

    def summaries(self, ctx: Any) -> list[tuple[str, str]]:  # noqa: ARG002 (as click has it)
        """Return (name, summary) for each part, none imported."""
        return [(name, part.summary) for name, part in PARTS.items()]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002 (as click has it)
        """Return the command or group of that name, None when there is none."""
        return loaded(cmd_name, PARTS[cmd_name]) if cmd_name in PARTS else None

    def make_context(self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any) -> Any:
        """Return the context of what stands before the command; what is wrong there is told on stderr."""
        try:
            return super().make_context(info_name, args, parent, **extra)
        except Exception as error:
            if not is_usage_error(error):
                raise
            complain(*usage_lines(error))
            raise typer.Exit(USAGE_EXIT_CODE) from error

    def invoke(self, ctx: Any) -> Any:
        """Carry out the command; what goes wrong is told on stderr."""
        try:
            super().invoke(ctx)
        except typer.Exit:
            raise
        except BrokenPipeError as error:
            silence_stdout()
            raise typer.Exit(EXIT_CODE) from error
        except (KeyboardInterrupt, typer.Abort) as interruption:
            raise typer.Exit(INTERRUPTED_EXIT_CODE) from interruption
        except Exception as error:
            misused = is_usage_error(error)
            complain(*(usage_lines(error) if misused else lines_of(error, debug=ctx.params["debug"])))
            raise typer.Exit(USAGE_EXIT_CODE if misused else EXIT_CODE) from error
        finally:
            flush_quietly()


def loaded(name: str, part: Part) -> Any:
    """Return a part as a command that speaks French."""
    holder = typer.Typer(add_completion=False)
    found = getattr(import_module(part.module), part.attribute)
    if isinstance(found, typer.Typer):
        holder.add_typer(found, name=name)
        return typer.main.get_group(speak_french(holder)).commands[name]
    holder.command(name)(found)
    return typer.main.get_command(speak_french(holder))


app = typer.Typer(
    cls=Root,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["--help", "-h"]},
)


def _show_version(asked: bool) -> None:  # noqa: FBT001 (a callback of Typer)
    if not asked:
        return
    try:
        print(f"appui {version('appui')}")
    except PackageNotFoundError:
        print("appui, version inconnue : le programme n'est pas installé")
    raise typer.Exit


@app.callback(help="appui suit les demandes d'ingénierie des collectivités.")
def begin(
    ctx: typer.Context,
    *,
    config: Annotated[
        Path | None,
        typer.Option("--config", metavar="FICHIER", help="configuration ; sans elle, valeurs par défaut et APPUI_*"),
    ] = None,
    debug: Annotated[bool, typer.Option("--debug", help="détaille les erreurs imprévues")] = False,  # noqa: ARG001 (read by Root)
    show_version: Annotated[  # noqa: ARG001 (its callback does it)
        bool, typer.Option("--version", is_eager=True, callback=_show_version, help="dit la version")
    ] = False,
) -> None:
    """Keep what stands before the command for those that need it."""
    ctx.obj = Globals(config)
