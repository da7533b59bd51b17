"""Configuration: what an operator sets, read from a TOML file and from `APPUI_*` variables; no rule of the domain."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Hashable, Iterable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, EnvSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict

from appui.notifications.letters import is_address, mailbox_of
from appui.states.errors import InvalidConfig
from appui.workflow.config_faults import PREFIX, fault_of, mask_password, refuse, unknown_variables
from appui.workflow.territories import register, shown

FILE_MAX_BYTES = 1 << 20
EVERYWHERE = "all"

_T = TypeVar("_T", bound=Hashable)
_FAULTS_SHOWN = 100
_PATH_SHOWN = 300
_SQLITE = "sqlite:///"
_POSTGRESQL = ("postgresql", "postgresql+psycopg")
_URL_FORM = "« sqlite:///chemin/du/fichier.db » ou « postgresql://utilisateur@serveur/base »"
_FOLDER_FORM = "le chemin d'un dossier entre guillemets"


def _whole(value: object) -> object:
    if isinstance(value, bool | float):
        raise ValueError  # noqa: TRY004 (pydantic reports ValueError alone)
    return value


def _day(value: object) -> object:
    if isinstance(value, datetime) or not isinstance(value, str | date):
        raise ValueError  # noqa: TRY004 (pydantic reports ValueError alone)
    return date.fromisoformat(value) if isinstance(value, str) else value


def _none_if_blank(value: object) -> object:
    return None if isinstance(value, str) and not value.strip() else value


def _known_department(value: object) -> object:
    if not register().territory_exists(f"department:{value}"):
        raise ValueError
    return value


def _department_or_all(value: object) -> object:
    return value if value == EVERYWHERE else _known_department(value)


def _readable(value: str) -> str:
    if not value.strip() or not value.isprintable():
        raise ValueError
    return value.strip()


def _line_or_none(value: object) -> object:
    return _readable(value) if isinstance(value, str) else value


def _possible_folder(value: object) -> object:
    """A folder that is there or can be made."""
    if isinstance(value, str | Path):
        folder = Path(value)
        try:
            taken = folder.exists() and not folder.is_dir()
        except OSError as error:
            raise ValueError from error
        if taken or "\0" in str(folder):
            raise ValueError
    return value


def _existing_file(value: object) -> object:
    if isinstance(value, str | Path):
        try:
            there = Path(value).is_file()
        except OSError as error:
            raise ValueError from error
        if not there:
            raise ValueError
    return value


def _mailbox(value: str) -> str:
    if value and mailbox_of(value) is None:
        raise ValueError
    return value


def _address(value: str) -> str:
    if value and not is_address(value):
        raise ValueError
    return value


def _existing_folder(value: object) -> object:
    if isinstance(value, str | Path):
        try:
            there = Path(value).is_dir()
        except OSError as error:
            raise ValueError from error
        if not there:
            raise ValueError
    return value


Whole = Annotated[int, BeforeValidator(_whole)]
Day = Annotated[date, BeforeValidator(_day)]


class _Section(BaseModel):
    """Each description says what would be right, as the end of the sentence « il faut … »."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Database(_Section):
    """Where cases are kept."""

    url: str = Field(default="sqlite:///var/appui.db", description=_URL_FORM)
    schema_name: Annotated[str | None, BeforeValidator(_none_if_blank)] = Field(
        default=None,
        alias="schema",
        pattern=r"^[a-z_][a-z0-9_]{0,62}$",
        description="un nom de schéma PostgreSQL (lettres minuscules sans accent, chiffres, _), ou rien",
    )
    pool_size: Whole = Field(default=4, ge=1, le=100, description="un nombre entier de connexions, de 1 à 100")
    busy_timeout_seconds: Whole = Field(
        default=30, ge=1, le=600, description="un nombre entier de secondes, de 1 à 600"
    )

    @field_validator("url")
    @classmethod
    def _check_url(cls, url: str) -> str:
        if not url.isprintable() or (" " in url and not url.startswith(_SQLITE)):
            raise ValueError
        if url.startswith(_SQLITE):
            return _sqlite_url(url)
        parts = urlsplit(url)
        if parts.scheme not in _POSTGRESQL or not url.startswith(f"{parts.scheme}://") or len(parts.path) < 2:
            raise ValueError
        if parts.port == 0:
            raise ValueError
        return url

    @model_validator(mode="after")
    def _check_schema(self) -> Database:
        if self.schema_name is not None and self.sqlite_file is not None:
            refuse("la clé « schema » ne vaut que pour PostgreSQL : videz-la, ou donnez l'adresse d'une telle base")
        return self

    @property
    def sqlite_file(self) -> Path | None:
        """The base's file, or None when it is PostgreSQL."""
        return Path(self.url.removeprefix(_SQLITE).partition("?")[0]) if self.url.startswith(_SQLITE) else None

    @property
    def masked_url(self) -> str:
        """The address as it can be shown: without its password."""
        return mask_password(self.url)

    def __repr_args__(self) -> Iterable[tuple[str | None, Any]]:
        """Return what a representation shows: no password."""
        for name, value in super().__repr_args__():
            yield name, self.masked_url if name == "url" else value


class Documents(_Section):
    """Where the files of the cases are kept."""

    folder: Annotated[Path | None, BeforeValidator(_possible_folder), BeforeValidator(_none_if_blank)] = Field(
        default=None, description=f"{_FOLDER_FORM}, ou rien (à côté de la base)"
    )
    max_bytes: Whole = Field(
        default=20 << 20, ge=1, le=1 << 30, description="un nombre entier d'octets, de 1 à 1073741824 (1 Gio)"
    )


class ClosedDay(_Section):
    """A local day on which services are closed beside weekends and public holidays."""

    department: Annotated[str, BeforeValidator(_department_or_all)] = Field(
        description='le code d\'un département entre guillemets (« "79" »), ou « "all" » pour tous'
    )
    on: Day = Field(description="une date (année-mois-jour, par exemple 2026-05-15)")
    label: str = Field(
        max_length=100, description="ce qui ferme ce jour-là, en 100 caractères au plus (« pont de l'Ascension »)"
    )

    _check_label = field_validator("label")(_readable)


class Calendars(_Section):
    """What departs from the calendar of public holidays."""

    closed_days: tuple[ClosedDay, ...] = Field(default=(), description="des tables {department, on, label}")

    @field_validator("closed_days")
    @classmethod
    def _check_closed_days(cls, days: tuple[ClosedDay, ...]) -> tuple[ClosedDay, ...]:
        twice = _first_twice((day.department, day.on) for day in days)
        if twice is not None:
            refuse(f"le jour {twice[1].isoformat()} est fermé deux fois pour « {twice[0]} » : n'en gardez qu'une table")
        return days

    def closed_days_in(self, department: str) -> dict[date, str]:
        """Return the closed local days of a département with their labels; its own label wins over that of all."""
        everywhere = {day.on: day.label for day in self.closed_days if day.department == EVERYWHERE}
        return everywhere | {day.on: day.label for day in self.closed_days if day.department == department}


class Envelope(_Section):
    """What a département may commit in a civil year."""

    department: Annotated[str, BeforeValidator(_known_department)] = Field(
        description='le code d\'un département entre guillemets (« "79" »)'
    )
    year: Whole = Field(ge=2000, le=2100, description="une année civile, de 2000 à 2100")
    granted_cents: Whole = Field(
        ge=0, le=10**13, description="un montant en centimes d'euro, nombre entier positif (15000000 pour 150 000 €)"
    )


class Procedures(_Section):
    """Where procedures are read beside those of the product."""

    folder: Annotated[Path | None, BeforeValidator(_existing_folder), BeforeValidator(_none_if_blank)] = Field(
        default=None, description=f"{_FOLDER_FORM} qui existe, ou rien"
    )


class Mail(_Section):
    """How messages leave: through a mail server, or into a folder when there is none."""

    recall_minutes: Whole = Field(
        default=10, ge=0, le=1440, description="un nombre entier de minutes, de 0 à 1440 (un jour)"
    )
    host: str = Field(
        default="",
        pattern=r"^[A-Za-z0-9._:-]*$",
        description="le nom du serveur de courriel (« smtp.exemple.fr »), ou rien",
    )
    port: Whole = Field(default=587, ge=1, le=65535, description="un numéro de port, de 1 à 65535")
    security: Literal["starttls", "tls", "none"] = Field(
        default="starttls", description="« starttls », « tls » ou « none »"
    )
    ca_file: Annotated[Path | None, BeforeValidator(_existing_file), BeforeValidator(_none_if_blank)] = Field(
        default=None, description="le chemin d'un fichier de certificats (PEM) qui existe, ou rien (ceux du système)"
    )
    user: str = Field(default="", max_length=256, description="le nom d'utilisateur au serveur de courriel, ou rien")
    password: SecretStr = Field(
        default=SecretStr(""), description="un texte, donné par la variable APPUI_MAIL__PASSWORD et par elle seule"
    )
    sender: Annotated[str, AfterValidator(_mailbox)] = Field(
        default="", description="« Nom <adresse@exemple.fr> » ou une adresse seule"
    )
    only_to: Annotated[str, AfterValidator(_address)] = Field(
        default="", description="une adresse de courriel, ou rien (chacun reçoit ce qui lui est destiné)"
    )
    folder: Annotated[Path | None, BeforeValidator(_possible_folder), BeforeValidator(_none_if_blank)] = Field(
        default=None, description=f"{_FOLDER_FORM}, ou rien (à côté de la base)"
    )
    per_minute: Whole = Field(
        default=0, ge=0, le=100_000, description="un nombre entier de courriels par minute, ou 0 (sans limite)"
    )
    connections: Whole = Field(default=1, ge=1, le=4, description="un nombre entier de connexions, de 1 à 4")
    window: Whole = Field(default=1, ge=1, le=8, description="un nombre entier de courriels, de 1 à 8")
    timeout_seconds: Whole = Field(default=60, ge=5, le=600, description="un nombre entier de secondes, de 5 à 600")
    templates_folder: Annotated[Path | None, BeforeValidator(_existing_folder), BeforeValidator(_none_if_blank)] = (
        Field(default=None, description=f"{_FOLDER_FORM} qui existe, ou rien")
    )

    @model_validator(mode="after")
    def _check_server(self) -> Mail:
        if self.host and not self.sender:
            refuse("avec un serveur (host), il faut un expéditeur : sender = « Nom <adresse@exemple.fr> »")
        if self.user and self.security == "none":
            refuse(
                "un mot de passe n'est pas envoyé en clair : choisissez security « starttls » ou « tls », ou videz user"
            )
        if self.user and not self.password.get_secret_value():
            refuse("avec un utilisateur (user), il faut son mot de passe dans la variable APPUI_MAIL__PASSWORD")
        return self


Line = Annotated[str | None, BeforeValidator(_line_or_none), BeforeValidator(_none_if_blank)]


class _Desk(_Section):
    """Who writes to people, as far as it is said."""

    name: Line = Field(default=None, max_length=100, description="le nom du service, sur une ligne de 100 caractères")
    email: Line = Field(
        default=None,
        max_length=254,
        pattern=r"^[^@\s<>\",;]+@[^@\s<>\",;]+\.[^@\s<>\",;]+$",
        description="une adresse de courriel, ou rien",
    )
    phone: Line = Field(
        default=None,
        pattern=r"^\+?[0-9 ().-]{4,30}$",
        description="un numéro de téléphone (« 05 00 00 00 01 »), ou rien",
    )
    hours: Line = Field(
        default=None,
        max_length=100,
        description="les heures où appeler, en 100 caractères au plus (« de 9 h à 12 h »), ou rien",
    )


class DepartmentDesk(_Desk):
    """Who writes in one département; what it leaves out is that of all."""

    department: Annotated[str, BeforeValidator(_known_department)] = Field(
        description='le code d\'un département entre guillemets (« "79" »)'
    )


class Service(_Desk):
    """Who writes to people."""

    name: Line = Field(
        default="Le service d'appui en ingénierie",
        max_length=100,
        description="le nom du service, sur une ligne de 100 caractères",
    )
    departments: tuple[DepartmentDesk, ...] = Field(
        default=(), description="des tables {department, name, email, phone, hours}"
    )

    @field_validator("departments")
    @classmethod
    def _check_departments(cls, desks: tuple[DepartmentDesk, ...]) -> tuple[DepartmentDesk, ...]:
        twice = _first_twice(desk.department for desk in desks)
        if twice is not None:
            refuse(f"le service de « {twice} » est donné deux fois : n'en gardez qu'une table")
        return desks

    def desk_of(self, department: str) -> Service:
        """Return who writes in a département: its own desk, with what it leaves out taken from that of all."""
        own = next((desk for desk in self.departments if desk.department == department), None)
        said = {} if own is None else own.model_dump(exclude_none=True, exclude={"department"})
        return self.model_copy(update={**said, "departments": ()})


class Reminders(_Section):
    """When people are reminded, and how many at once."""

    opens_at: Whole = Field(default=8, ge=0, le=23, description="une heure entière, de 0 à 23")
    per_minute: Whole = Field(default=120, ge=1, le=100_000, description="un nombre entier d'échéances, de 1 à 100000")


class Settings(BaseSettings):
    """All that an operator sets. Built by hand it reads nothing else; `load` reads the file and the environment."""

    model_config = SettingsConfigDict(
        frozen=True, extra="forbid", env_prefix=PREFIX, env_nested_delimiter="__", hide_input_in_errors=True
    )

    database: Database = Field(default=Database(), description="une table [database]")
    documents: Documents = Field(default=Documents(), description="une table [documents]")
    calendars: Calendars = Field(default=Calendars(), description="une table [calendars]")
    envelopes: tuple[Envelope, ...] = Field(default=(), description="des tables {department, year, granted_cents}")
    procedures: Procedures = Field(default=Procedures(), description="une table [procedures]")
    mail: Mail = Field(default=Mail(), description="une table [mail]")
    service: Service = Field(default=Service(), description="une table [service]")
    reminders: Reminders = Field(default=Reminders(), description="une table [reminders]")

    @field_validator("envelopes")
    @classmethod
    def _check_envelopes(cls, envelopes: tuple[Envelope, ...]) -> tuple[Envelope, ...]:
        twice = _first_twice((envelope.department, envelope.year) for envelope in envelopes)
        if twice is not None:
            refuse(f"l'enveloppe {twice[1]} de « {twice[0]} » est donnée deux fois : n'en gardez qu'une table")
        return envelopes

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 (the signature is pydantic's)
        init_settings: PydanticBaseSettingsSource,
        *_: PydanticBaseSettingsSource,
        **__: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Return the only source of a value built by hand: its arguments."""
        return (init_settings,)

    @classmethod
    def load(cls, path: Path | None = None) -> Settings:
        """Return the defaults, changed by the file if one is given, then by the variables `APPUI_SECTION__KEY`.

        Raises InvalidConfig, which names every fault at once.
        """
        content = {} if path is None else _read(Path(path))
        unknown = unknown_variables(cls)
        faults = [*unknown.values(), *_secrets_in(content)]
        settings = None
        try:
            settings = cls.model_validate(_merged(content, _environment(cls, unknown)))
        except ValidationError as error:
            faults += [fault_of(cls, detail) for detail in error.errors()]
        if faults or settings is None:
            source = "" if path is None else f" {shown(str(path), limit=_PATH_SHOWN)}"
            more = [f"et {len(faults) - _FAULTS_SHOWN} autres fautes"] if len(faults) > _FAULTS_SHOWN else []
            sentences = " ; ".join(faults[:_FAULTS_SHOWN] + more)
            raise InvalidConfig(f"La configuration{source} ne peut pas être chargée : {sentences}.")
        return settings

    @property
    def documents_folder(self) -> Path:
        """Where the files are: as configured, else beside an SQLite base, else `var/documents`."""
        if self.documents.folder is not None:
            return self.documents.folder
        base = self.database.sqlite_file
        return (Path("var") if base is None else base.parent) / "documents"

    @property
    def mail_folder(self) -> Path:
        """Where letters go without a mail server: as configured, else beside an SQLite base, else `var/mail`."""
        if self.mail.folder is not None:
            return self.mail.folder
        base = self.database.sqlite_file
        return (Path("var") if base is None else base.parent) / "mail"

    def envelope_of(self, department: str, year: int) -> int | None:
        """Return what the département may commit in that civil year, in cents, or None when nothing is configured."""
        granted = {(envelope.department, envelope.year): envelope.granted_cents for envelope in self.envelopes}
        return granted.get((department, year))


class _Environment(EnvSettingsSource):
    """The variables; what is no JSON is left as it is, for the model to refuse with the other faults."""

    def decode_complex_value(self, field_name: str, field: FieldInfo, value: Any) -> Any:  # noqa: ARG002 (pydantic's)
        """Return the value that the JSON text of a list or section stands for."""
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            return value


def _environment(settings: type[Settings], unknown: Iterable[str]) -> dict[str, Any]:
    left_out = {name.lower() for name in unknown}
    source = _Environment(settings)
    source.env_vars = {name: value for name, value in source.env_vars.items() if name.lower() not in left_out}
    return source()


def _read(path: Path) -> dict[str, Any]:
    name = shown(str(path), limit=_PATH_SHOWN)
    try:
        with path.open("rb") as file:
            content = file.read(FILE_MAX_BYTES + 1)
    except FileNotFoundError as error:
        sentence = f"Le fichier de configuration {name} n'existe pas : vérifiez son chemin, ou n'en donnez aucun."
        raise InvalidConfig(sentence) from error
    except (OSError, ValueError) as error:
        sentence = (
            f"Le fichier de configuration {name} ne peut pas être lu : vérifiez que c'est un fichier et ses droits."
        )
        raise InvalidConfig(sentence) from error
    if len(content) > FILE_MAX_BYTES:
        raise InvalidConfig(f"Le fichier de configuration {name} est trop grand : 1 Mio au plus.")
    return _parsed(content, name)


def _parsed(content: bytes, name: str) -> dict[str, Any]:
    try:
        return tomllib.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        sentence = f"Le fichier de configuration {name} n'est pas en UTF-8 (ligne {line}) : enregistrez-le en UTF-8."
        raise InvalidConfig(sentence) from error
    except (ValueError, RecursionError) as error:
        place = re.search(r"line (\d+), column (\d+)", str(error))
        where = "" if place is None else f" (ligne {place[1]}, colonne {place[2]})"
        raise InvalidConfig(
            f"Le fichier de configuration {name} n'est pas du TOML valide{where} : "
            "vérifiez les guillemets, les crochets, les signes « = » et qu'aucune clé n'est donnée deux fois."
        ) from error


def _merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(below)
    for key, value in above.items():
        old = merged.get(key)
        merged[key] = _merged(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return merged


def _secrets_in(content: Mapping[str, Any]) -> list[str]:
    """Return the faults of a file that holds what only the environment may: files are copied and sent around."""
    mail = content.get("mail")
    if isinstance(mail, dict) and mail.get("password"):
        return ["mail.password : un mot de passe ne se met pas dans le fichier ; donnez APPUI_MAIL__PASSWORD"]
    return []


def _sqlite_url(url: str) -> str:
    file = url.removeprefix(_SQLITE).partition("?")[0]
    # A base in memory would forget accepted actions, and each connection would have its own.
    if file in {"", ":memory:"} or file.endswith("/"):
        raise ValueError
    return url


def _first_twice(items: Iterable[_T]) -> _T | None:
    seen: set[_T] = set()
    for item in items:
        if item in seen:
            return item
        seen.add(item)
    return None
