"""The file that an import leaves is made before the work, and stays only when something was written."""

import pytest

from appui.states.errors import AppuiError
from appui.workflow.importing.files import new_file, read_file


def test_what_is_written_stays(tmp_path):
    """The refused lines are there to be corrected."""
    path = tmp_path / "refus.csv"
    with new_file(path) as file:
        file.write(b"x")

    assert path.read_bytes() == b"x"


def test_nothing_written_leaves_no_file(tmp_path):
    """An import without any refusal leaves nothing behind."""
    with new_file(tmp_path / "refus.csv"):
        pass

    assert list(tmp_path.iterdir()) == []


def test_work_that_fails_leaves_no_file(tmp_path):
    """Nor does one that could not be done."""
    with pytest.raises(ZeroDivisionError), new_file(tmp_path / "refus.csv"):
        raise ZeroDivisionError

    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_there_is_never_overwritten(tmp_path):
    """Somebody may be correcting it."""
    path = tmp_path / "refus.csv"
    path.write_bytes(b"corrections")
    with pytest.raises(AppuiError, match="existe déjà") as refusal, new_file(path):
        pytest.fail("the work began")

    assert refusal.value.code == "existing_file"
    assert path.read_bytes() == b"corrections"


@pytest.mark.parametrize("name", ["absent/refus.csv", "x\0y", "x" * 300])
def test_a_place_where_nothing_can_be_written_is_told_before_the_work(tmp_path, name):
    """The import has not begun."""
    with pytest.raises(AppuiError, match="ne peut pas être écrit"), new_file(tmp_path / name):
        pytest.fail("the work began")


def test_a_file_is_read_up_to_one_byte_after_the_limit(tmp_path):
    """Whoever reads it can tell that it is too long without holding all of it."""
    (tmp_path / "a").write_bytes(b"x" * 10)

    assert read_file(tmp_path / "a", 20) == b"x" * 10
    assert read_file(tmp_path / "a", 4) == b"x" * 5


@pytest.mark.parametrize("name", ["absent", "", "x\0y"])
def test_a_file_that_cannot_be_read_is_told(tmp_path, name):
    """Neither a folder nor a name that is none."""
    with pytest.raises(AppuiError, match="ne peut pas être lu") as refusal:
        read_file(tmp_path / name, 10)

    assert refusal.value.code == "unreadable_file"
