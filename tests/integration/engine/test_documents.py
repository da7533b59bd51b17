"""Documents: files on a case, for who may read it, and kept as long as a case names them."""

import os
from datetime import timedelta

import pytest
from tests.integration.engine.world import ACTORS, AGENT, PDF, STRANGER, refusal

from appui.workflow import Act, CaseNotFound, InvalidData, NotAllowed
from appui.workflow.clock import system_clock


@pytest.fixture
def case(desk):
    """A request on which files are put."""
    return desk.open()


def files_of(desk):
    """Return the names of the files on the disk."""
    folder = desk.engine.settings.documents_folder
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def test_a_file_is_kept_whole_and_listed(desk, case):
    """What comes out is what went in, under its name, type and size; the case itself does not move."""
    first = desk.attach(case, "plan.pdf")
    desk.clock.advance(timedelta(seconds=1))
    second = desk.attach(case, "../../note.txt", "« été »".encode())

    assert [each.name for each in desk.engine.documents(case.id, actor=AGENT)] == ["plan.pdf", "note.txt"]
    assert desk.engine.read_document(case.id, first.id, actor=AGENT) == PDF
    assert (first.media_type, first.size) == ("application/pdf", len(PDF))
    assert desk.engine.read_document(case.id, second.id, actor=AGENT).decode() == "« été »"
    assert desk.engine.get(case.id, actor=AGENT).version == 1


def test_the_same_content_is_kept_once_and_read_from_both_cases(desk, case):
    """Each case has its own document of it."""
    other = desk.open()
    first, second = desk.attach(case), desk.attach(other)

    assert first.sha256 == second.sha256
    assert first.id != second.id
    assert len(files_of(desk)) == 1


def test_only_who_may_read_the_case_reads_its_documents(desk, case):
    """And only through the case that has them."""
    document = desk.attach(case)
    other = desk.open()

    with pytest.raises(CaseNotFound):
        desk.engine.read_document(case.id, document.id, actor=STRANGER)
    with pytest.raises(CaseNotFound):
        desk.engine.documents(case.id, actor=STRANGER)
    with pytest.raises(CaseNotFound):
        desk.engine.attach(case.id, "plan.pdf", PDF, actor=STRANGER)
    foreign = refusal(lambda: desk.engine.read_document(other.id, document.id, actor=AGENT))
    unknown = refusal(lambda: desk.engine.read_document(case.id, "inconnu", actor=AGENT))
    assert (foreign.code, str(foreign)) == (unknown.code, str(unknown)) == ("document_not_found", str(unknown))


@pytest.mark.parametrize(("role", "able"), [("applicant", True), ("intake_officer", True), ("auditor", False)])
def test_who_may_do_an_action_with_a_document_may_attach_one(desk, case, role, able):
    """Reading is not enough."""
    actor = ACTORS[role]
    if able:
        assert desk.engine.attach(case.id, "plan.pdf", PDF, actor=actor).name == "plan.pdf"
    else:
        with pytest.raises(NotAllowed):
            desk.engine.attach(case.id, "plan.pdf", PDF, actor=actor)
        assert files_of(desk) == []


@pytest.mark.parametrize(
    ("name", "content", "path"),
    [
        ("virus.exe", b"MZ", "name"),
        ("plan.pdf", b"MZ", "content"),
        ("plan.pdf", b"", "content"),
        ("plan.pdf", None, "content"),
        ("plan.pdf", "texte", "content"),
        ("", PDF, "name"),
        (None, PDF, "name"),
        (12, PDF, "name"),
        ("\0.pdf/", PDF, "name"),
        ("plan.pdf", PDF + b"\0" * (21 << 20), "content"),
    ],
    ids=["exe", "no pdf", "empty", "none", "text", "no name", "none as name", "number", "nul", "21 MiB"],
)
def test_what_cannot_be_kept_is_refused_with_a_sentence(desk, case, name, content, path):
    """Nothing is left behind."""
    with pytest.raises(InvalidData) as refused:
        desk.engine.attach(case.id, name, content, actor=AGENT)

    assert path in [each for each, _ in refused.value.errors]
    assert desk.engine.documents(case.id, actor=AGENT) == []
    assert files_of(desk) == []


def test_a_document_must_be_one_of_the_case(desk, case):
    """Neither one that does not exist, nor one of another case."""
    elsewhere = desk.attach(desk.open()).id
    before = desk.written()
    for document in ("inconnu", elsewhere):
        call = lambda wrong=document: desk.engine.act(Act(case.id, "attach", {"document": wrong}, 1), actor=AGENT)  # noqa: E731
        assert [path for path, _ in refusal(call).errors] == ["document"]
    assert desk.written() == before

    case = desk.act(case, "ask_completion")
    many = {"documents": [desk.attach(case).id, elsewhere]}
    with pytest.raises(InvalidData) as refused:
        desk.engine.act(Act(case.id, "provide_completion", many, 2), actor=AGENT)
    assert [path for path, _ in refused.value.errors] == ["documents[1]"]


def test_the_sweep_takes_what_no_case_names_and_leaves_the_rest(desk, case):
    """A file whose case was never written goes after a day; one that a case names stays for good."""
    kept = desk.attach(case)
    orphan = desk.engine.files.put(b"%PDF-1.4 oublie", "oublie.pdf")
    fresh = desk.engine.files.put(b"%PDF-1.4 recent", "recent.pdf")
    long_ago = (system_clock() - timedelta(days=1, minutes=1)).timestamp()
    for each in (kept, orphan):
        os.utime(desk.engine.files.path(each.sha256), (long_ago, long_ago))

    swept = desk.engine.sweep_documents()

    assert swept == [f"{orphan.sha256[:2]}/{orphan.sha256}"]
    assert files_of(desk) == sorted([kept.sha256, fresh.sha256])
    assert desk.engine.read_document(case.id, kept.id, actor=AGENT) == PDF


def test_a_file_that_was_altered_on_the_disk_is_not_handed_out(desk, case):
    """A hash says what the content was."""
    document = desk.attach(case)
    desk.engine.files.path(document.sha256).write_bytes(b"%PDF-1.4 autre chose")

    assert "altéré" in str(refusal(lambda: desk.engine.read_document(case.id, document.id, actor=AGENT)))
