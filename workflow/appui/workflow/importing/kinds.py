"""Kinds: whether a file is a workbook or a text, recognised by its content; any other is told what it is. Pure."""

from __future__ import annotations

from appui.states.errors import InvalidData
from appui.workflow.documents import FORMATS
from appui.workflow.importing.xlsx_archive import CheckedArchive

_ZIP = (b"PK\3\4", b"PK\5\6")
_OLE = bytes.fromhex("d0cf11e0a1b11ae1")
_WORKBOOKS = (b"spreadsheetml.sheet.main+xml", b"ms-excel.sheet.macroEnabled.main+xml")
"""What the list of parts calls a workbook, without macros or with them: they are never run."""
_SAVE_AS = "depuis un tableur, « Enregistrer sous », puis « Classeur Excel (.xlsx) » ou « CSV »."
_OLE_KINDS = (
    ("EncryptedPackage", "Ce classeur est protégé par un mot de passe : enlevez-le, puis enregistrez-le de nouveau."),
    ("Workbook", f"Ce fichier est un ancien classeur Excel (.xls) ; {_SAVE_AS}"),
    ("Book", f"Ce fichier est un ancien classeur Excel (.xls) ; {_SAVE_AS}"),
)
"""Name within an old Office file, in UTF-16 → what it is. An encrypted workbook is kept in one."""
_FORMATS = [each for each in FORMATS if not each.media_type.startswith(("text/", "message/"))]
"""Those that no text is taken for: « Date: » may stand above a table as well as in a mail."""
_OTHERS = ((_ZIP, "archive"), (_OLE, "ancien fichier Office"), (b"<", "page web"))
_BLANK = b"\xef\xbb\xbf \t\r\n"


def is_workbook(content: bytes) -> bool:
    """Whether a file is an XLSX workbook; otherwise it may be a CSV text. InvalidData names what can be neither."""
    if content.startswith(_ZIP):
        manifest = CheckedArchive(content).manifest()
        if any(kind in manifest for kind in _WORKBOOKS):
            return True
    if content.startswith(_OLE):
        for name, sentence in _OLE_KINDS:
            if name.encode("utf-16-le") in content:
                raise InvalidData([("", sentence)])
    found = next((each.label for each in _FORMATS if each.recognises(content)), None)
    found = found or next((label for marks, label in _OTHERS if content.lstrip(_BLANK).startswith(marks)), None)
    if found is not None:
        text = f"Ce fichier n'est pas un tableau CSV ou XLSX (format reconnu : {found}) ; {_SAVE_AS}"
        raise InvalidData([("", text)])
    return False
