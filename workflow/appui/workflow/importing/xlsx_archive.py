"""Archives: the parts of a workbook, counted as they are unpacked. What a file declares of itself is not believed."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Literal
from xml.parsers import expat

from openpyxl.xml.constants import ARC_CONTENT_TYPES, SHEET_MAIN_NS

from appui.states.errors import InvalidData

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

HEAVY = "Ce classeur est trop lourd pour être lu : copiez son tableau, valeurs seules, dans un classeur neuf."

_BROKEN = "Ce classeur est abîmé ou incomplet : ouvrez-le dans un tableur, enregistrez-le de nouveau, puis recommencez."
_DECLARES = "Ce classeur contient une déclaration DOCTYPE, que n'écrit aucun tableur : il n'est pas lu."
_OTHER_FORM = "Ce classeur est au format « Strict Open XML » : enregistrez-le comme « Classeur Excel (.xlsx) »."
_STRICT = "http://purl.oclc.org/ooxml/"
_ENTRIES = frozenset({f"{SHEET_MAIN_NS} row", f"{SHEET_MAIN_NS} si"})
_DIRECTORY_LINE = b"PK\1\2"
_PIECE = 64 << 10


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """How much of a workbook is read."""

    parts: int = 10_000
    unpacked: int = 256 << 20
    """Bytes, of all parts; and again of all that is read, since a part may be read more than once."""
    whole: int = 16 << 20
    """Bytes of a part that is read in one piece, such as the styles."""
    markup: int = 6_000_000
    """Elements and comments read in all: a table of 100,000 lines and 10 columns has three million."""
    entries: int = 1_048_576
    """Rows of a sheet, or shared texts: no sheet has more rows."""
    burst: int = 200_000
    """Elements between two of these, held in memory together: a row has 16,384 cells, a file 65,490 styles."""
    run: int = 256 << 10
    """Characters of one text, bytes of one tag: a cell holds 32,767 characters."""


class CheckedArchive(zipfile.ZipFile):
    """A workbook's zip, whose parts stop being read once they pass a limit. InvalidData then, or when it is broken."""

    def __init__(self, content: bytes, *, limits: Limits | None = None) -> None:
        self._limits = limits or Limits()
        self._read = _Read()
        if content.count(_DIRECTORY_LINE) > self._limits.parts:
            raise InvalidData([("", HEAVY)])
        with told_if_broken():
            super().__init__(io.BytesIO(content))
            self._check_size()

    def manifest(self) -> bytes:
        """Return the list of parts with their types, empty if there is none."""
        with told_if_broken():
            return self.read(ARC_CONTENT_TYPES) if ARC_CONTENT_TYPES in self.namelist() else b""

    def read(self, name: str | zipfile.ZipInfo, pwd: bytes | None = None) -> bytes:
        """Return a whole part, which must be small."""
        with self.open(name, pwd=pwd) as part:
            content = part.read(self._limits.whole + 1)
        if len(content) > self._limits.whole:
            raise InvalidData([("", HEAVY)])
        return content

    def open(
        self,
        name: str | zipfile.ZipInfo,
        mode: Literal["r", "w"] = "r",
        pwd: bytes | None = None,
        *,
        force_zip64: bool = False,
    ) -> IO[bytes]:
        """Return a part to be read piece by piece."""
        file = super().open(name, mode, pwd, force_zip64=force_zip64)
        return io.BufferedReader(_Part(file, _Scan(self._limits, self._read)))

    def _check_size(self) -> None:
        unpacked = 0
        for each in self.infolist():
            with super().open(each) as file:
                while piece := file.read(_PIECE):
                    unpacked += len(piece)
                    if unpacked > self._limits.unpacked:
                        raise InvalidData([("", HEAVY)])


@contextmanager
def told_if_broken() -> Iterator[None]:
    """Turn whatever reading a workbook raises into a sentence: openpyxl lets through all that its parts may raise."""
    try:
        yield
    except InvalidData:
        raise
    except Exception as error:
        raise InvalidData([("", _BROKEN)]) from error


@dataclass(slots=True)
class _Read:
    """What has been read of an archive so far."""

    unpacked: int = 0
    markup: int = 0


class _Part(io.RawIOBase):
    """One part, looked at before whoever reads it builds anything of it."""

    def __init__(self, file: IO[bytes], scan: _Scan) -> None:
        self._file = file
        self._scan = scan

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        view = memoryview(buffer)
        piece = self._file.read(min(len(view), _PIECE))
        self._scan.feed(piece)
        view[: len(piece)] = piece
        return len(piece)

    def close(self) -> None:
        self._file.close()
        super().close()


class _Scan:
    """Counts what a piece of XML would have its reader hold, and do."""

    def __init__(self, limits: Limits, read: _Read) -> None:
        self._limits = limits
        self._read = read
        self._fed = self._entries = self._burst = self._run = 0
        self._parser = expat.ParserCreate(namespace_separator=" ")
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._root
        self._parser.CharacterDataHandler = self._text
        self._parser.StartDoctypeDeclHandler = self._doctype
        # Nobody keeps them, but each costs its reader as much time as an element.
        self._parser.CommentHandler = self._count
        self._parser.ProcessingInstructionHandler = self._count
        self._parser.StartCdataSectionHandler = self._count

    def feed(self, piece: bytes) -> None:
        self._fed += len(piece)
        self._read.unpacked += len(piece)
        self._parser.Parse(piece)
        unclosed = self._fed - self._parser.CurrentByteIndex
        if unclosed > self._limits.run or self._read.unpacked > self._limits.unpacked:
            raise InvalidData([("", HEAVY)])

    def _root(self, name: str, attributes: dict[str, str]) -> None:
        if name.startswith(_STRICT):
            raise InvalidData([("", _OTHER_FORM)])
        self._parser.StartElementHandler = self._start
        self._start(name, attributes)

    def _start(self, name: str, _attributes: dict[str, str]) -> None:
        self._run = 0
        if name in _ENTRIES:
            self._entries += 1
            self._burst = 0
        self._count()

    def _count(self, *_markup: str) -> None:
        self._read.markup += 1
        self._burst += 1
        limits = self._limits
        if self._burst > limits.burst or self._entries > limits.entries or self._read.markup > limits.markup:
            raise InvalidData([("", HEAVY)])

    def _text(self, text: str) -> None:
        self._run += len(text)
        if self._run > self._limits.run:
            raise InvalidData([("", HEAVY)])

    def _doctype(self, *_declaration: object) -> None:
        raise InvalidData([("", _DECLARES)])
