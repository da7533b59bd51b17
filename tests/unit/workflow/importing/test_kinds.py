"""A file that is no table is told what it is, and what to do."""

import io
import zipfile

import pytest

from appui.states.errors import InvalidData
from appui.workflow.importing.kinds import is_workbook

OLE = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(500)
OFFICE = "application/vnd.openxmlformats-officedocument.{}.main+xml"


def zipped(**entries):
    """Return a zip of these entries, dots written as two underscores."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in entries.items():
            archive.writestr({"types": "[Content_Types].xml"}.get(name, name), content)
    return buffer.getvalue()


def typed(kind):
    """Return the least Office file of that type."""
    return zipped(types=f'<Types><Override ContentType="{kind}"/></Types>')


@pytest.mark.parametrize(
    ("content", "part"),
    [
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "format reconnu : image PNG"),
        (b"%PDF-1.7 rien", "format reconnu : PDF"),
        (typed(OFFICE.format("wordprocessingml.document")), "format reconnu : Word"),
        (zipped(mimetype="application/vnd.oasis.opendocument.spreadsheet"), "classeur OpenDocument"),
        (typed("application/vnd.ms-excel.sheet.binary.macroEnabled.main"), "format reconnu : archive"),
        (zipped(readme="bonjour"), "format reconnu : archive"),
        (OLE + "Workbook".encode("utf-16-le"), "ancien classeur Excel (.xls)"),
        (OLE + "Book".encode("utf-16-le"), "ancien classeur Excel (.xls)"),
        (OLE + "EncryptedPackage".encode("utf-16-le"), "protégé par un mot de passe"),
        (OLE + "WordDocument".encode("utf-16-le"), "ancien fichier Office"),
        (b"PK\x03\x04 et rien", "abîmé ou incomplet"),
        (b"PK\x03\x04" + b"PK\x01\x02" * 10_001, "trop lourd"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF\0", "image JPEG"),
        ("\ufeff <table><tr><td>Demandeur".encode(), "format reconnu : page web"),
    ],
    ids=[
        "PNG",
        "PDF",
        "docx",
        "ods",
        "xlsb",
        "zip",
        "xls",
        "xls of 1995",
        "password",
        "doc",
        "cut",
        "entries",
        "JPEG",
        "HTML named .xls",
    ],
)
def test_what_is_no_table_is_told_what_it_is(content, part):
    """Whatever its name says: a picture renamed is still a picture."""
    with pytest.raises(InvalidData) as refusal:
        is_workbook(content)

    assert part in refusal.value.text


@pytest.mark.parametrize(
    ("content", "workbook"),
    [
        (typed(OFFICE.format("spreadsheetml.sheet")), True),
        (typed("application/vnd.ms-excel.sheet.macroEnabled.main+xml"), True),
        (b"Demandeur;Suite\n", False),
        (b"PKW;Suite\n", False),
        (b"Date: 14/09/2021\nDemandeur;Suite\n", False),
        (b"", False),
    ],
    ids=["xlsx", "xlsm", "CSV", "CSV that begins as a zip", "CSV that begins as a mail", "empty"],
)
def test_workbooks_and_texts_are_told_apart(content, workbook):
    """By what they hold."""
    assert is_workbook(content) is workbook
