"""Documents: the files of the cases, kept beside the base under the hash of their content."""

from __future__ import annotations

import hashlib
import io
import os
import re
import tempfile
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

from appui.states.errors import InvalidData

NAME_MAX = 200

_DIGEST = re.compile(r"[0-9a-f]{64}")
_MARKUP = re.compile(r"<\s*(!doctype|!--|\?|html|head|body|svg|script|iframe|style|xml|math)", re.IGNORECASE)
_HEADER = re.compile(rb"[a-z][a-z0-9-]*:", re.IGNORECASE)
_MAIL_HEADER = re.compile(rb"^(from|received|return-path|subject|mime-version|date):", re.IGNORECASE | re.MULTILINE)
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")
_OLE = bytes.fromhex("d0cf11e0a1b11ae1")
_MSG_PROPERTIES = "__properties_version1.0".encode("utf-16-le")
_MANIFEST_MAX = 1_000_000
_BROKEN_ZIP = (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError, ValueError)


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredFile:
    """A file as kept: its content under `sha256`, and what the sender called it."""

    sha256: str
    name: str
    media_type: str
    size: int
    """In bytes."""


@dataclass(frozen=True, slots=True)
class Format:
    """A format of file that is taken."""

    label: str
    """In French, for people."""
    media_type: str
    extensions: tuple[str, ...]
    recognises: Callable[[bytes], bool]


def _starts_with(*marks: bytes) -> Callable[[bytes], bool]:
    return lambda content: content.startswith(marks)


def _is_office(main_part: str, content: bytes) -> bool:
    manifest = _zip_entry(content, "[Content_Types].xml")
    # The part with macros has another type (macroEnabled.main+xml): such files are refused.
    return f"application/vnd.openxmlformats-officedocument.{main_part}.main+xml".encode() in manifest


def _is_open_document(kind: str, content: bytes) -> bool:
    return _zip_entry(content, "mimetype") == f"application/vnd.oasis.opendocument.{kind}".encode()


def _zip_entry(content: bytes, entry: str) -> bytes:
    if not content.startswith(b"PK\x03\x04"):
        return b""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive, archive.open(entry) as file:
            return file.read(_MANIFEST_MAX)
    except (KeyError, *_BROKEN_ZIP):
        return b""


def _is_outlook_mail(content: bytes) -> bool:
    return content.startswith(_OLE) and _MSG_PROPERTIES in content


def _is_plain_text(content: bytes) -> bool:
    text = _decoded(content)
    if text is None or _CONTROLS.search(text):
        return False
    start = text[:1000].lstrip()
    return not start.startswith("#!") and _MARKUP.match(start) is None


def _is_mail(content: bytes) -> bool:
    head = content[:50_000].lstrip().replace(b"\r\n", b"\n").partition(b"\n\n")[0]
    return b"\0" not in content and bool(_HEADER.match(head) and _MAIL_HEADER.search(head))


def _decoded(content: bytes) -> str | None:
    for encoding in ("utf-8-sig", "cp1252"):
        with suppress(UnicodeDecodeError):
            return content.decode(encoding)
    return None


def _office(label: str, main_part: str, extension: str) -> Format:
    media_type = f"application/vnd.openxmlformats-officedocument.{main_part}"
    return Format(label, media_type, (extension,), partial(_is_office, main_part))


def _open_document(label: str, kind: str, extension: str) -> Format:
    media_type = f"application/vnd.oasis.opendocument.{kind}"
    return Format(label, media_type, (extension,), partial(_is_open_document, kind))


FORMATS: tuple[Format, ...] = (
    Format("PDF", "application/pdf", ("pdf",), _starts_with(b"%PDF-")),
    _office("Word", "wordprocessingml.document", "docx"),
    _office("Excel", "spreadsheetml.sheet", "xlsx"),
    _office("PowerPoint", "presentationml.presentation", "pptx"),
    _open_document("texte OpenDocument", "text", "odt"),
    _open_document("classeur OpenDocument", "spreadsheet", "ods"),
    _open_document("présentation OpenDocument", "presentation", "odp"),
    Format("image JPEG", "image/jpeg", ("jpg", "jpeg"), _starts_with(b"\xff\xd8\xff")),
    Format("image PNG", "image/png", ("png",), _starts_with(b"\x89PNG\r\n\x1a\n")),
    Format("image TIFF", "image/tiff", ("tif", "tiff"), _starts_with(b"II*\0", b"MM\0*")),
    Format("courriel Outlook", "application/vnd.ms-outlook", ("msg",), _is_outlook_mail),
    Format("courriel", "message/rfc822", ("eml",), _is_mail),
    Format("CSV", "text/csv", ("csv",), _is_plain_text),
    Format("texte", "text/plain", ("txt",), _is_plain_text),
)
"""Every format that is taken, recognised by its content; the first that recognises one names it."""

_FORMAT_OF = {extension: format_ for format_ in FORMATS for extension in format_.extensions}
_ACCEPTED = ", ".join(f".{extension}" for extension in _FORMAT_OF)


class DocumentFiles:
    """A folder of immutable files, `ab/abcdef…`; the same content is kept once. Safe for any number of processes."""

    def __init__(self, folder: Path, *, max_bytes: int) -> None:
        self._folder = folder
        self._max_bytes = max_bytes

    def put(self, content: bytes, name: str) -> StoredFile:
        """Keep a file and return how; it is on the disk, whole, when this returns.

        Raises InvalidData at `name` or `content` for what is not taken: nothing is written then.
        """
        kept_name, format_ = self._check(content, name)
        sha256 = hashlib.sha256(content).hexdigest()
        self._store(sha256, content)
        return StoredFile(sha256=sha256, name=kept_name, media_type=format_.media_type, size=len(content))

    def read(self, sha256: str) -> bytes:
        """Return a content, checked against its hash; raises InvalidData at `content` if it is missing or altered."""
        try:
            content = self.path(sha256).read_bytes()
        except FileNotFoundError as error:
            sentence = f"Le document {sha256[:12]}… manque dans le dossier des documents : restaurez la sauvegarde."
            raise InvalidData([("content", sentence)]) from error
        if hashlib.sha256(content).hexdigest() != sha256:
            sentence = f"Le document {sha256[:12]}… a été altéré sur le disque : restaurez la sauvegarde."
            raise InvalidData([("content", sentence)])
        return content

    def path(self, sha256: str) -> Path:
        """Return where that content is or would be; raises InvalidData at `content` for what is not a hash."""
        if _DIGEST.fullmatch(str(sha256)) is None:
            raise InvalidData([("content", "L'empreinte d'un document compte 64 chiffres hexadécimaux minuscules.")])
        return self._folder / sha256[:2] / sha256

    def sweep(self, known: Callable[[Collection[str]], Collection[str]], *, older_than: datetime) -> list[str]:
        """Remove the files that no case knows and what crashes left behind; return their paths within the folder.

        `known` is given hashes and returns those still in use. Nothing put or put again since `older_than` (aware) is
        touched: leave the time that an action may take to commit.
        """
        if older_than.utcoffset() is None:
            raise ValueError("L'instant donné au nettoyage n'a pas de fuseau horaire.")
        limit = older_than.timestamp()
        return [path.relative_to(self._folder).as_posix() for path in self._swept(known, limit)]

    def _check(self, content: bytes, name: str) -> tuple[str, Format]:
        kept_name = clean_name(name)
        format_ = _FORMAT_OF.get(Path(kept_name).suffix.removeprefix(".").lower())
        faults = [
            (path, fault)
            for path, fault in (
                ("name", _fault_of_name(kept_name, format_)),
                ("content", self._fault_of_content(content, format_)),
            )
            if fault is not None
        ]
        if faults or format_ is None:
            raise InvalidData(faults)
        return kept_name, format_

    def _fault_of_content(self, content: bytes, format_: Format | None) -> str | None:
        if not isinstance(content, bytes):
            return "Le contenu du fichier n'a pas été reçu : joignez-le de nouveau."
        if not content:
            return "Le fichier est vide : vérifiez-le et joignez-le de nouveau."
        if len(content) > self._max_bytes:
            return f"Le fichier pèse {_weight(len(content))} : {_weight(self._max_bytes)} au plus."
        if format_ is None or format_.recognises(content):
            return None
        found = next((other.label for other in FORMATS if other.recognises(content)), None)
        looks = "son contenu n'est pas reconnu" if found is None else f"son contenu est de format « {found} »"
        return (
            f"Le nom annonce un fichier de format « {format_.label} », mais {looks} : "
            "enregistrez-le de nouveau dans le format voulu, sans mot de passe ni macro."
        )

    def _store(self, sha256: str, content: bytes) -> None:
        target = self.path(sha256)
        if not self._folder.is_dir():
            self._folder.mkdir(parents=True, exist_ok=True)
            _sync_folder(self._folder.parent)
        target.parent.mkdir(exist_ok=True)
        if not _refreshed(target, content):
            _write(target, content)
        # Also for a file that another process has just put: its entry may not have reached the disk yet.
        _sync_folder(target.parent)
        _sync_folder(self._folder)

    def _swept(self, known: Callable[[Collection[str]], Collection[str]], limit: float) -> Iterator[Path]:
        for shard in sorted(self._folder.glob("[0-9a-f][0-9a-f]")):
            _put_back(shard)
            for leftover in sorted(shard.glob(".*.tmp")):
                if _older(leftover, limit):
                    leftover.unlink(missing_ok=True)
                    yield leftover
            old = [path for path in sorted(shard.iterdir()) if _DIGEST.fullmatch(path.name) and _older(path, limit)]
            used = set(known([path.name for path in old])) if old else set()
            yield from (path for path in old if path.name not in used and _removed(path, limit))


def clean_name(name: object) -> str:
    """Return a file name without folders, control or invisible characters, of at most 200 characters; "" if none."""
    if not isinstance(name, str):
        return ""
    last = name.replace("\\", "/").rpartition("/")[2][-10 * NAME_MAX :]
    spaced = "".join(" " if letter.isspace() else letter for letter in unicodedata.normalize("NFC", last))
    kept = "".join(letter for letter in spaced if unicodedata.category(letter)[0] != "C")
    visible = " ".join(kept.split()).strip(" .")
    stem, dot, extension = visible.rpartition(".")
    if not dot or len(extension) > 20:
        return visible[:NAME_MAX]
    return f"{stem[: NAME_MAX - len(extension) - 1]}.{extension}"


def _fault_of_name(name: str, format_: Format | None) -> str | None:
    if not name:
        return "Le fichier n'a pas de nom : donnez-lui-en un, avec son extension."
    if format_ is None:
        return f"Le fichier « {name} » n'est pas d'un format accepté ; son nom doit finir par {_ACCEPTED}."
    return None


def _weight(size: int) -> str:
    for unit, bytes_ in (("Mio", 1 << 20), ("Kio", 1 << 10)):
        if size >= bytes_:
            return f"{size / bytes_:.1f} {unit}".replace(".0 ", " ").replace(".", ",")
    return f"{size} octets"


def _refreshed(target: Path, content: bytes) -> bool:
    """Whether the content is already there, whole; its date is renewed first so that no sweep takes it away."""
    try:
        os.utime(target)
        return target.read_bytes() == content
    except FileNotFoundError:
        return False


def _write(target: Path, content: bytes) -> None:
    descriptor, temporary = tempfile.mkstemp(dir=target.parent, prefix=".", suffix=".tmp")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(target)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _sync_folder(folder: Path) -> None:
    # Windows cannot open a folder; its renames are in the journal of the file system.
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _older(path: Path, limit: float) -> bool:
    try:
        return path.stat().st_mtime < limit
    except FileNotFoundError:
        return False


def _removed(path: Path, limit: float) -> bool:
    """Whether the file is gone; one that is put again in the meantime is given back."""
    aside = path.with_name(f".{path.name}.swept")
    try:
        path.replace(aside)
    except FileNotFoundError:
        return False
    if _older(aside, limit):
        aside.unlink(missing_ok=True)
        return True
    with suppress(FileNotFoundError):
        aside.replace(path)
    return False


def _put_back(shard: Path) -> None:
    """Give back what a sweep that crashed had set aside, as if just put: it may take the place of one that is."""
    for aside in shard.glob(".*.swept"):
        with suppress(FileNotFoundError):
            os.utime(aside)
            aside.replace(shard / aside.name.removeprefix(".").removesuffix(".swept"))
