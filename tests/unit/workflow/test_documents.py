"""Documents are kept whole or not at all, under the hash of what they hold, and only in the formats that are taken."""

import hashlib
import io
import os
import subprocess
import sys
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from appui.states.errors import InvalidData
from appui.workflow.documents import FORMATS, DocumentFiles, StoredFile, clean_name

MEBIBYTE = 1 << 20
OFFICE = "application/vnd.openxmlformats-officedocument"
OPEN = "application/vnd.oasis.opendocument"
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
LATER = datetime(2100, 1, 1, tzinfo=UTC)


def zipped(entries):
    """Return a zip file of those entries."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def office(main_part):
    """Return the least file that Word, Excel or PowerPoint would call its own."""
    return zipped({"[Content_Types].xml": f'<Types><Override ContentType="{main_part}.main+xml"/></Types>'})


OLE = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600)
PDF = b"%PDF-1.7\nune convention\n%%EOF"
DOCX = office(f"{OFFICE}.wordprocessingml.document")
XLSX = office(f"{OFFICE}.spreadsheetml.sheet")
MAIL = b"X-Spam: no\r\nFrom: mairie@echire.example\r\nSubject: demande\r\n\r\n<html>bonjour</html>"
ACCEPTED = {
    "convention.pdf": (PDF, "application/pdf"),
    "note.docx": (DOCX, f"{OFFICE}.wordprocessingml.document"),
    "suivi.xlsx": (XLSX, f"{OFFICE}.spreadsheetml.sheet"),
    "réunion.pptx": (
        office(f"{OFFICE}.presentationml.presentation"),
        f"{OFFICE}.presentationml.presentation",
    ),
    "note.odt": (zipped({"mimetype": f"{OPEN}.text"}), f"{OPEN}.text"),
    "suivi.ods": (zipped({"mimetype": f"{OPEN}.spreadsheet"}), f"{OPEN}.spreadsheet"),
    "réunion.odp": (zipped({"mimetype": f"{OPEN}.presentation"}), f"{OPEN}.presentation"),
    "plan.jpeg": (b"\xff\xd8\xff\xe0\0\x10JFIF\0", "image/jpeg"),
    "PLAN.JPG": (b"\xff\xd8\xff\xe1\0\x10Exif\0", "image/jpeg"),
    "plan.png": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "image/png"),
    "scan.tif": (b"II*\0\x08\0\0\0", "image/tiff"),
    "scan.tiff": (b"MM\0*\0\0\0\x08", "image/tiff"),
    "notes.txt": ("Échiré, 3 549 habitants".encode(), "text/plain"),
    "notes anciennes.txt": ("Échiré : 150 000 €".encode("cp1252"), "text/plain"),
    "suivi.csv": ("\ufeffDemandeur;Objet\r\nÉchiré;Étude\r\n".encode(), "text/csv"),
    "demande.eml": (MAIL, "message/rfc822"),
    "demande.msg": (OLE + "__properties_version1.0".encode("utf-16-le"), "application/vnd.ms-outlook"),
}


@pytest.fixture
def files(tmp_path):
    """Documents of at most one mebibyte, in a folder that does not exist yet."""
    return DocumentFiles(tmp_path / "var" / "documents", max_bytes=MEBIBYTE)


def kept(files):
    """Return the names of all that the folder holds."""
    return sorted(path.name for path in files._folder.rglob("*") if path.is_file())


@pytest.mark.parametrize("name", ACCEPTED)
def test_each_format_is_recognised_by_its_content_and_read_back(files, name):
    """PDF, office files, images, mails and plain texts are kept as they came."""
    content, media_type = ACCEPTED[name]
    stored = files.put(content, name)

    assert stored == StoredFile(
        sha256=hashlib.sha256(content).hexdigest(), name=name, media_type=media_type, size=len(content)
    )
    assert files.read(stored.sha256) == content
    assert files.path(stored.sha256) == files._folder / stored.sha256[:2] / stored.sha256


def test_every_format_that_is_taken_is_tried_here():
    """A format added to the table comes with an example."""
    assert {format_.media_type for format_ in FORMATS} == {media_type for _, media_type in ACCEPTED.values()}


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("pièces.zip", zipped({"note.txt": "x"})),
        ("virus.exe", b"MZ" + bytes(100)),
        ("page.html", b"<html></html>"),
        ("dessin.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
        ("macro.docm", office("application/vnd.ms-word.document.macroEnabled")),
        ("ancien.doc", OLE),
        ("sans extension", PDF),
        ("convention.pdf.exe", PDF),
        ("pdf", PDF),
    ],
)
def test_a_name_of_another_format_is_refused_with_the_list_of_those_taken(files, name, content):
    """The sender learns what to send instead."""
    with pytest.raises(InvalidData) as refusal:
        files.put(content, name)

    assert [path for path, _ in refusal.value.errors] == ["name"]
    assert ".pdf, .docx, .xlsx" in str(refusal.value)
    assert not files._folder.exists()


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("note.docx", zipped({"note.txt": "x"}), "n'est pas reconnu"),
        ("note.docx", XLSX, "de format « Excel »"),
        ("suivi.xlsx", DOCX, "de format « Word »"),
        ("note.docx", office("application/vnd.ms-word.document.macroEnabled"), "sans mot de passe ni macro"),
        ("note.docx", OLE, "n'est pas reconnu"),
        ("note.odt", DOCX, "de format « Word »"),
        ("convention.pdf", b"MZ" + bytes(100), "n'est pas reconnu"),
        ("convention.pdf", b"\x7fELF" + bytes(100), "n'est pas reconnu"),
        ("plan.png", b"\xff\xd8\xff\xe0", "de format « image JPEG »"),
        ("plan.jpg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "n'est pas reconnu"),
        ("notes.txt", b"\n <!DOCTYPE HTML><script>alert(1)</script>", "n'est pas reconnu"),
        ("notes.txt", "\ufeff<SVG onload='x'>".encode(), "n'est pas reconnu"),
        ("notes.txt", b"<?xml version='1.0'?><svg/>", "n'est pas reconnu"),
        ("notes.txt", b"#!/bin/sh\nrm -rf /", "n'est pas reconnu"),
        ("notes.csv", b"a;b\0c", "n'est pas reconnu"),
        ("notes.csv", PDF + b"\0", "de format « PDF »"),
        ("demande.eml", b"<html>From: moi</html>", "n'est pas reconnu"),
        ("demande.eml", b"bonjour", "de format « CSV »"),
        ("demande.msg", OLE, "n'est pas reconnu"),
    ],
)
def test_a_content_that_its_name_belies_is_refused(files, name, content, says):
    """A program or a page does not come in under the name of a PDF."""
    with pytest.raises(InvalidData) as refusal:
        files.put(content, name)

    assert [path for path, _ in refusal.value.errors] == ["content"]
    assert says in str(refusal.value)
    assert not files._folder.exists()


@pytest.mark.parametrize(
    "content",
    [
        DOCX[:-10],
        DOCX[:40],
        b"PK\x03\x04",
        b"PK\x03\x04" + b"\xff" * 5000,
        DOCX.replace(b"PK\x01\x02", b"PK\x01\x03"),
    ],
    ids=["no end", "start only", "mark only", "noise", "no directory"],
)
def test_a_damaged_office_file_is_refused_with_a_sentence(files, content):
    """A file cut during its transfer says so, without a traceback."""
    with pytest.raises(InvalidData, match="enregistrez-le de nouveau"):
        files.put(content, "note.docx")


@given(st.integers(min_value=0, max_value=len(DOCX) - 1), st.binary(min_size=1, max_size=8))
def test_no_damage_to_an_office_file_breaks_the_recognition(place, noise):
    """Whatever bytes arrive, the answer is yes or no."""
    damaged = DOCX[:place] + noise + DOCX[place + len(noise) :]

    assert all(format_.recognises(damaged) in {True, False} for format_ in FORMATS)


def test_a_manifest_that_unfolds_to_gigabytes_is_not_unfolded(files):
    """A bomb of zeros is read for one megabyte at most."""
    bomb = zipped({"[Content_Types].xml": bytes(200 * MEBIBYTE)})

    with pytest.raises(InvalidData, match="n'est pas reconnu"):
        files.put(bomb, "note.docx")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "est vide"),
        (None, "n'a pas été reçu"),
        ("texte", "n'a pas été reçu"),
        (b"%PDF-" + bytes(MEBIBYTE), "pèse 1 Mio : 1 Mio au plus"),
        (b"%PDF-" + bytes(3 * MEBIBYTE), "pèse 3 Mio : 1 Mio au plus"),
    ],
    ids=["empty", "None", "text", "a little too much", "too much"],
)
def test_nothing_and_too_much_are_refused(files, content, says):
    """The limit is said in the unit that people know."""
    with pytest.raises(InvalidData) as refusal:
        files.put(content, "convention.pdf")

    assert refusal.value.errors[0][0] == "content"
    assert says in str(refusal.value)


def test_both_faults_are_named_at_once(files):
    """The sender corrects the name and the content in one go."""
    with pytest.raises(InvalidData) as refusal:
        files.put(b"", "")

    assert [path for path, _ in refusal.value.errors] == ["name", "content"]


@pytest.mark.parametrize(
    ("given_name", "kept_name"),
    [
        ("../../etc/convention.pdf", "convention.pdf"),
        (r"C:\Users\mairie\Mes documents\convention.pdf", "convention.pdf"),
        ("/convention.pdf", "convention.pdf"),
        ("con\r\nven\0tion\t.pdf", "con vention .pdf"),
        ("\u202efdp.exe.pdf", "fdp.exe.pdf"),
        ("Échiré\u00a0– étude.pdf", "Échiré – étude.pdf"),
        ("E\u0301tude.pdf", "Étude.pdf"),
        ("...convention.pdf. ", "convention.pdf"),
        ("x" * 10_000_000 + ".pdf", "x" * 196 + ".pdf"),
        ("x" * 300, "x" * 200),
        ("a\ud800.pdf", "a.pdf"),
        ("..", ""),
        ("dossier/", ""),
        ("\0", ""),
        ("", ""),
        (None, ""),
        (b"convention.pdf", ""),
    ],
    ids=lambda name: f"{ascii(name)[:30]} of {len(name or ())}",
)
def test_a_file_name_keeps_no_folder_and_nothing_invisible(given_name, kept_name):
    """What the sender's machine is like, and tricks with characters, stay outside."""
    assert clean_name(given_name) == kept_name


@given(st.text(max_size=400))
def test_any_name_is_cleaned_to_something_short_and_printable(name):
    """A cleaned name stays as it is when cleaned again."""
    cleaned = clean_name(name)

    assert len(cleaned) <= 200
    assert not {"/", "\\", "\0", "\n"} & set(cleaned)
    assert clean_name(cleaned) == cleaned


def test_the_same_content_is_kept_once_under_each_name(files):
    """Two cases may hold the same form; one file serves both."""
    first, second = files.put(PDF, "a.pdf"), files.put(PDF, "b.pdf")

    assert first.sha256 == second.sha256
    assert kept(files) == [first.sha256]


def test_putting_again_a_file_that_the_disk_altered_repairs_it(files):
    """A content that comes back is compared, not trusted."""
    stored = files.put(PDF, "a.pdf")
    files.path(stored.sha256).write_bytes(b"autre chose")
    files.put(PDF, "a.pdf")

    assert files.read(stored.sha256) == PDF


def test_an_altered_file_is_never_served(files):
    """What was signed is what is read, or nothing."""
    stored = files.put(PDF, "a.pdf")
    files.path(stored.sha256).write_bytes(PDF.replace(b"une", b"deux"))

    with pytest.raises(InvalidData, match="altéré"):
        files.read(stored.sha256)


def test_a_missing_file_says_what_to_do(files):
    """After a partial restore, the sentence names the folder of documents."""
    with pytest.raises(InvalidData, match="restaurez la sauvegarde"):
        files.read("a" * 64)


@pytest.mark.parametrize(
    "sha256",
    ["", "a" * 63, "A" * 64, "../" + "a" * 61, "a" * 64 + "\n", "é" * 64, "a" * 10_000_000, None, b"a" * 64, 7],
    ids=lambda value: f"{ascii(value)[:12]} of {len(str(value))}",
)
def test_what_is_no_hash_leads_to_no_file(files, sha256):
    """A path never comes from outside."""
    with pytest.raises(InvalidData, match="hexadécimaux"):
        files.read(sha256)


def age(path, instant):
    """Give a file the date of an instant."""
    os.utime(path, (instant.timestamp(), instant.timestamp()))


def known_only(*hashes):
    """Return the question of a sweep when only those are in use."""
    return lambda asked: set(hashes) & set(asked)


def test_a_sweep_removes_what_no_case_knows_and_what_crashes_left(files):
    """Known, recent and foreign files stay."""
    names = ["known", "orphan", "recent"]
    known, orphan, recent = (files.put(f"texte {name}".encode(), "a.txt").sha256 for name in names)
    leftover = files.path(known).with_name(".xyz.tmp")
    leftover.write_bytes(b"moit")
    foreign = files.path(known).with_name("LISEZ-MOI")
    foreign.write_bytes(b"x")
    for path in (files.path(known), files.path(orphan), leftover, foreign):
        age(path, LONG_AGO)

    removed = files.sweep(known_only(known), older_than=LONG_AGO + timedelta(days=1))

    assert sorted(removed) == sorted([f"{orphan[:2]}/{orphan}", f"{known[:2]}/.xyz.tmp"])
    assert kept(files) == sorted([known, recent, "LISEZ-MOI"])


def test_putting_an_orphan_again_protects_it_from_the_sweep(files):
    """A file about to be known by a new case is young again."""
    orphan = files.put(PDF, "a.pdf").sha256
    age(files.path(orphan), LONG_AGO)
    files.put(PDF, "a.pdf")

    assert files.sweep(known_only(), older_than=LONG_AGO + timedelta(days=1)) == []


def test_a_file_put_again_while_the_sweep_asks_is_given_back(files):
    """Between the question to the base and the removal, a case may have taken the file."""
    orphan = files.put(PDF, "a.pdf").sha256
    age(files.path(orphan), LONG_AGO)

    def known(asked):
        files.put(PDF, "a.pdf")
        return set()

    assert files.sweep(known, older_than=LONG_AGO + timedelta(days=1)) == []
    assert files.read(orphan) == PDF


def test_the_sweep_gives_back_what_a_crashed_sweep_had_set_aside(files):
    """A file in use that was set aside when the machine stopped is in its place again."""
    used = files.put(PDF, "a.pdf").sha256
    age(files.path(used), LONG_AGO)
    files.path(used).rename(files.path(used).with_name(f".{used}.swept"))

    assert files.sweep(known_only(used), older_than=LONG_AGO + timedelta(days=1)) == []
    assert files.read(used) == PDF


def test_sweeping_a_folder_that_does_not_exist_removes_nothing(files):
    """A new instance has no documents yet."""
    assert files.sweep(known_only(), older_than=LATER) == []


def test_a_sweep_needs_an_aware_instant(files):
    """A naive limit would remove hours too many."""
    with pytest.raises(ValueError, match="fuseau horaire"):
        files.sweep(known_only(), older_than=LATER.replace(tzinfo=None))


CRASHES = """
import os, sys
from datetime import datetime, UTC
from pathlib import Path
from appui.workflow import documents
from appui.workflow.documents import DocumentFiles

root, what = Path(sys.argv[1]), sys.argv[2]
content = b"%PDF-" + bytes(200_000)

def act(folder):
    files = DocumentFiles(folder, max_bytes=1 << 20)
    if what == "put":
        files.put(content, "a.pdf")
    else:
        files.sweep(lambda hashes: set(), older_than=datetime(2100, 1, 1, tzinfo=UTC))

def crash_at(step):
    left = step
    def trace(frame, event, argument):
        nonlocal left
        if frame.f_code.co_filename != documents.__file__:
            return None
        left -= 1
        if left == 0:
            os._exit(9)
        return trace
    sys.settrace(trace)

for step in range(1, 10_000):
    folder = root / str(step) / "documents"
    if what == "sweep":
        DocumentFiles(folder, max_bytes=1 << 20).put(content, "a.pdf")
    child = os.fork()
    if child == 0:
        crash_at(step)
        act(folder)
        os._exit(0)
    if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0:
        break
"""


@pytest.mark.parametrize("what", ["put", "sweep"])
def test_a_crash_between_any_two_steps_leaves_all_or_nothing(tmp_path, what):
    """Killed after any line, a put or a sweep leaves the whole file, or none, and at most a leftover to sweep."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    subprocess.run([sys.executable, "-c", CRASHES, tmp_path, what], env=environment, check=True, timeout=120)
    folders = [DocumentFiles(step / "documents", max_bytes=MEBIBYTE) for step in tmp_path.iterdir()]
    left = [kept(files) for files in folders]
    whole = hashlib.sha256(b"%PDF-" + bytes(200_000)).hexdigest()

    assert len(folders) > 20
    assert {len(names) for names in left} <= {0, 1}
    assert all(files.read(whole) for files, names in zip(folders, left, strict=True) if whole in names)
    assert any(names and names != [whole] for names in left)
    assert [whole] in left

    for files in folders:
        files.sweep(known_only(), older_than=LATER)
        files.sweep(known_only(), older_than=LATER)

    assert [kept(files) for files in folders] == [[] for _ in folders]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(st.lists(st.binary(min_size=1, max_size=40), min_size=1, max_size=5))
def test_what_is_put_is_what_is_read(files, contents):
    """Any content under any other comes back byte for byte."""
    whole = [b"%PDF-" + content for content in contents]
    stored = [files.put(content, "a.pdf") for content in whole]

    assert [files.read(file.sha256) for file in stored] == whole


def test_no_temporary_remains_after_an_ordinary_put_or_a_full_disk(files, monkeypatch):
    """When the disk refuses, the error comes out and the folder is as before."""
    files.put(PDF, "a.pdf")

    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        files.put(PDF + b"2", "b.pdf")

    assert kept(files) == [hashlib.sha256(PDF).hexdigest()]


def test_the_folder_may_be_given_as_any_path(tmp_path):
    """A relative folder works like an absolute one."""
    files = DocumentFiles(Path(os.path.relpath(tmp_path)) / "d", max_bytes=MEBIBYTE)

    assert files.read(files.put(PDF, "a.pdf").sha256) == PDF
