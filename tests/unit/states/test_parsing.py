"""Reading a procedure file: a stranger's text becomes a procedure, or sentences that name its faults."""

import copy
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.states.world import REGIMES, SHIPPED

from appui.notifications.notices import notices
from appui.states.diagram import mermaid
from appui.states.effects import BUILT_IN
from appui.states.errors import InvalidProcedure
from appui.states.graph import moves
from appui.states.parsing import MAX_BYTES, MAX_DOTS, MAX_STATES, build_procedure, parse_procedure, read_content
from appui.states.procedure import Procedure

SMALL = """
key = "visit"
version = 1
label = "Visite"
computed = []
[states.planned]
label = "Prévue"
public = { label = "Prévue", sentence = "Une visite est prévue." }
[states.done]
label = "Faite"
final = true
public = { label = "Faite", sentence = "La visite est faite." }
[[actions]]
name = "open"
label = "Prévoir"
from = ["@new"]
to = "planned"
roles = ["case_officer"]
fields = [{ name = "planned_on", type = "date", label = "Prévue le" }]
[[actions]]
name = "close"
label = "Terminer"
from = ["planned"]
to = "done"
roles = ["case_officer"]
[[actions]]
name = "comment"
label = "Commenter"
from = ["@any"]
to = "@same"
roles = ["case_officer"]
[[deadlines]]
key = "visit"
label = "Visite"
starts = "data:planned_on"
after = "10 days"
met_by = ["close"]
"""


def read(text, **more):
    """Return the procedure of a text."""
    return parse_procedure(text, BUILT_IN, source="visite.toml", **more)


def faults(text, **more):
    """Return the (path, sentence) of each fault of a text."""
    with pytest.raises(InvalidProcedure) as refusal:
        read(text, **more)
    assert refusal.value.source == "visite.toml"
    return list(refusal.value.faults)


def over(text):
    """Return a file that extends the small procedure."""
    return f'extends = "visit@1"\nversion = 2\n{text}'


def extended(text):
    """Return the procedure of a file that extends the small one."""
    return read(over(text), bases=[read_content(SMALL, source="base.toml")])


def test_a_small_procedure_reads():
    """A service writes its own in forty lines."""
    procedure = read(SMALL)

    assert (procedure.key, procedure.version, procedure.initial.name) == ("visit", 1, "planned")
    assert procedure.actions["comment"].transitions[0].sources == ("planned", "done")
    assert procedure.final_states == {"done"}


def test_bytes_and_text_read_alike():
    """The file and the row of the database give the same procedure."""
    assert read(SMALL.encode()).content_hash == read(SMALL).content_hash


def test_equal_contents_have_equal_hashes_whatever_the_order_of_keys():
    """Moving a line does not make a new version; changing a word does."""
    moved = SMALL.replace('key = "visit"\nversion = 1\n', 'version = 1\nkey = "visit"\n', 1)

    assert read(moved).content_hash == read(SMALL).content_hash
    assert read(SMALL.replace("Visite", "Visites")).content_hash != read(SMALL).content_hash


HOSTILE = {
    "empty": "",
    "deep": "a = " + "[" * 100_000,
    "deep and closed": "a = " + "[" * 400 + "]" * 400,
    "nine levels": "a = " + "[" * 9 + "]" * 9,
    "nul": 'key = "a\0b"',
    "not utf-8": b"key = '\xff\xfe'",
    "half a character": b"\xed\xa0\x80 = 1",
    "not toml": "{ }",
    "json": json.dumps({"key": "visit"}),
    "big": "#" * (MAX_BYTES + 1),
    "big bytes": b"#" * (MAX_BYTES + 1),
    "number": "version = " + "1" * 5_000,
    "no such day": "version = 2026-02-30",
    "dots": ".".join("a" * 100_000) + " = 1",
    "dots in a heading": "[" + ".".join("a" * 100_000) + "]",
    "spaced dots": " . ".join("a" * 100_000) + " = 1",
    "dots in a table": "x = { " + ".".join("a" * 100_000) + " = 1 }",
    "defined twice": "a = 1\na = 2",
    "wrong escape": 'key = "\\ud800"',
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_file_gets_one_sentence(text):
    """Whatever the file, its sender reads what is wrong with it, at once."""
    found = faults(text)

    assert all(len(sentence) < 300 for _, sentence in found)


def test_nine_levels_are_refused_and_a_long_key_is_counted():
    """The reader takes the square of the dots in time and memory."""
    assert faults(HOSTILE["nine levels"]) == [("", "plus de 8 niveaux imbriqués.")]
    assert faults(HOSTILE["dots"]) == [("", f"une clé compte plus de {MAX_DOTS} points.")]


def test_a_file_of_one_mebibyte_is_read():
    """The limit itself is allowed."""
    read(SMALL + "#" * (MAX_BYTES - len(SMALL.encode())))


def test_too_many_states_are_refused():
    """A procedure that nobody can oversee is a mistake."""
    more = "".join(
        f'[states.s{place}]\nlabel = "É"\npublic = {{ label = "É", sentence = "É." }}\n'
        for place in range(MAX_STATES - 1)
    )

    assert ("states", f"{MAX_STATES + 1} états, {MAX_STATES} au plus.") in faults(
        SMALL.replace("[[actions]]", more + "[[actions]]", 1)
    )


SHAPES = {
    # path of the fault: (what, instead of what)
    "lable": ('label = "Visite"\nlable = "x"\ncomputed', 'label = "Visite"\ncomputed'),
    "label": ("label = 3\ncomputed", 'label = "Visite"\ncomputed'),
    "version": ('version = "1"', "version = 1"),
    "key": ("", 'key = "visit"\n'),
    "states.done.final": ('final = "yes"', "final = true"),
    "states.done.colour": ('final = true\ncolour = "red"', "final = true"),
    "states.done.public.sentence": (
        'public = { label = "Faite" }',
        'public = { label = "Faite", sentence = "La visite est faite." }',
    ),
    "actions.close.roles": ('to = "done"\nroles = "case_officer"', 'to = "done"\nroles = ["case_officer"]'),
    "actions.close.to": ("", 'to = "done"\n'),
    "actions.close": (
        'name = "close"\nlabel = "Bis"\nfrom = []\nto = "done"\nroles = []\n[[actions]]\nname = "close"',
        'name = "close"',
    ),
    "actions.open.fields.planned_on.requird": ('"date", requird = true,', '"date",'),
    "actions.open.fields.planned_on.options": ('"date", options = { a = 1 },', '"date",'),
    "actions.comment.any_of": ('from = ["@any"]\nany_of = ["text"]', 'from = ["@any"]'),
    "deadlines.visit.after": ('after = "ten days"', 'after = "10 days"'),
    "deadlines.visit.remind.0.while": ('after = "10 days"\nremind = [{ every = "1 week" }]', 'after = "10 days"'),
    "deadlines.visit.remind.0": ('after = "10 days"\nremind = [{ at = "end", every = "1 week" }]', 'after = "10 days"'),
    "deadlines.visit.remind.0.at": ('after = "10 days"\nremind = [{ at = "end + soon" }]', 'after = "10 days"'),
    "deadlines.visit.remind.0.every": (
        'after = "10 days"\nremind = [{ every = "5 working days", while = "late" }]',
        'after = "10 days"',
    ),
    "deadlines.visit.remind.0.when": (
        'after = "10 days"\nremind = [{ at = "end", when = "late" }]',
        'after = "10 days"',
    ),
    "deadlines.visit.escalate.notice": ('after = "10 days"\nescalate = { after = "1 week" }', 'after = "10 days"'),
    "deadlines.visit.escalate.after": (
        'after = "10 days"\nescalate = { after = "soon", notice = "x" }',
        'after = "10 days"',
    ),
    "deadlines.visit.escalate.to": ('after = "10 days"\nescalate = { to = "x", notice = "x" }', 'after = "10 days"'),
    "applies_to_received": ('computed = []\napplies_to_received = ["2026-03-01", "2026-02-01"]', "computed = []"),
    "settings": ("computed = []\nsettings = { since = 2026-03-01 }", "computed = []"),
}


@pytest.mark.parametrize("path", SHAPES)
def test_a_fault_of_shape_is_named_by_the_path_of_its_key(path):
    """The author of the file finds the line."""
    new, old = SHAPES[path]
    assert old in SMALL

    assert path in [where for where, _ in faults(SMALL.replace(old, new, 1))]


@pytest.mark.parametrize(
    "moment", ["start - 2 days", "end 2 days", "end +", "end  - 2 days", "middle", "end - 2 days more", "2 days", "End"]
)
def test_a_moment_that_means_nothing_is_refused(moment):
    """Nobody is reminded before a clock began, nor at words that nobody knows."""
    text = SMALL.replace('after = "10 days"', f'after = "10 days"\nnotice = "x"\nremind = [{{ at = "{moment}" }}]')

    assert [where for where, _ in faults(text)] == ["deadlines.visit.remind.0.at"]


@pytest.mark.parametrize(
    "text", ["1000 years", "9999 years", "0 days", "-1 days", "10 day s", "1.5 days", "10", "١٠ days"]
)
def test_a_duration_that_means_nothing_is_refused(text):
    """Ten thousand years would leave the calendar at the first action."""
    assert [path for path, _ in faults(SMALL.replace("10 days", text))] == ["deadlines.visit.after"]


@pytest.mark.parametrize("bounds", [["2024-03-01"], ["a", ""], ["", "", ""], ["2024-13-01", ""]])
def test_the_days_of_reception_are_two_days(bounds):
    """Which version applies must never be a guess."""
    text = SMALL.replace("computed = []", f"applies_to_received = {json.dumps(bounds)}")

    assert [path for path, _ in faults(text)] == ["applies_to_received"]


def test_every_fault_of_shape_is_named_at_once():
    """One reading is enough to correct a file."""
    text = SMALL
    for new, old in (SHAPES["lable"], SHAPES["version"], SHAPES["deadlines.visit.after"], SHAPES["settings"]):
        text = text.replace(old, new, 1)

    assert {path for path, _ in faults(text)} == {"lable", "version", "deadlines.visit.after", "settings"}


def test_a_misspelt_key_is_guessed():
    """« lable » is not ignored."""
    assert ("lable", "clé inconnue ; vouliez-vous dire « label » ?") in faults(SMALL.replace("label", "lable", 1))


def test_a_version_is_laid_over_the_one_that_it_extends():
    """Tables by key, lists by name; what is not said stays as it was."""
    procedure = extended(
        '[settings]\nlocal_target = "0.80"\n'
        '[[actions]]\nname = "close"\nlabel = "Clore"\nfrom = ["planned"]\nto = "done"\nroles = ["delegate"]\n'
    )

    assert (procedure.version, procedure.label, procedure.settings) == (2, "Visite", {"local_target": "0.80"})
    assert list(procedure.actions) == ["open", "close", "comment"]
    assert (procedure.actions["close"].label, procedure.actions["close"].roles) == ("Clore", ("delegate",))


def test_a_state_laid_over_another_replaces_it_whole():
    """No word of the earlier version hides in the new one."""
    procedure = extended(
        '[states.done]\nlabel = "Finie"\nfinal = true\npublic = { label = "Finie", sentence = "Fini." }'
    )

    assert procedure.states["done"].public_sentence == "Fini."
    assert list(procedure.states) == ["planned", "done"]


@pytest.mark.parametrize("path", ["deadlines.visit", "actions.comment"])
def test_a_version_may_leave_something_out(path):
    """What is removed is gone."""
    section, name = path.split(".")

    assert name not in getattr(extended(f'without = ["{path}"]'), section)


def test_a_computed_fact_may_be_left_out():
    """Lists of names lose a name."""
    base = read_content(SMALL.replace("computed = []", 'computed = ["pending"]'), source="base.toml")

    assert read(over('without = ["computed.pending"]'), bases=[base]).computed == ()


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ('extends = "visit@7"', "extends"),
        ("extends = 3", "extends"),
        ('extends = ["visit@1"]', "extends"),
        (over('without = ["actions.dance"]'), "without"),
        (over('without = ["version.1"]'), "without"),
        (over('without = ["nothing"]'), "without"),
        (over("without = 3"), "without"),
        (over('without = "actions.close"'), "without"),
        ('without = ["actions.close"]', "without"),
    ],
)
def test_what_is_extended_or_left_out_must_exist(text, path):
    """A typing error does not leave an action in place that was meant to go."""
    assert [where for where, _ in faults(text, bases=[read_content(SMALL, source="base.toml")])] == [path]


def test_an_extension_never_changes_what_it_extends():
    """Cases of the earlier version go on as they began."""
    base = read_content(SMALL, source="base.toml")
    before = copy.deepcopy(base)
    read(over('[settings]\nlocal_target = "0.80"\n'), bases=[base])

    assert base == before


def test_the_second_regime_is_the_first_with_its_own_actions():
    """Only what the reform changed is written in the second file."""
    own = {action["name"] for action in SHIPPED[2]["actions"]}
    first, second = REGIMES[2020], REGIMES[2024]

    assert all(second.actions[name] == action for name, action in first.actions.items() if name not in own | META)
    assert second.deadlines == first.deadlines


META = {
    "refuse", "withdraw", "drop", "suspend", "resume", "extend_deadline", "assign", "comment", "attach", "share",
    "correct", "undo",
}  # fmt: skip
"""Actions of groups of states: a new state makes them differ."""

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(["@same", "@any", "open", "1 day"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


def paths_in(value, path=()):
    """Yield the path of every value in plain data."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in items:
        yield (*path, key)
        yield from paths_in(each, (*path, key))


PATHS = {version: list(paths_in(content)) for version, content in SHIPPED.items()}


def changed(content, path, value, *, remove):
    """Return the content with one value replaced or removed."""
    content = copy.deepcopy(content)
    inside = content
    for key in path[:-1]:
        inside = inside[key]
    if remove:
        del inside[path[-1]]
    else:
        inside[path[-1]] = value
    return content


@settings(max_examples=250, deadline=None)
@given(path=st.sampled_from(PATHS[1]), value=JSON, remove=st.booleans())
def test_any_value_in_any_key_gives_a_procedure_or_sentences(path, value, remove):
    """Never a traceback, now or when the procedure is first used."""
    content = changed(SHIPPED[1], path, value, remove=remove)
    try:
        procedure = build_procedure(content, BUILT_IN, source="x", notices=list(notices()))
    except InvalidProcedure as refusal:
        assert refusal.faults
        str(refusal)
        return

    assert isinstance(procedure, Procedure)
    assert len(procedure.content_hash) == 64
    assert procedure.initial.name in mermaid(procedure)
    assert not moves(procedure, "open", procedure.initial.name, procedure.initial.name)


@settings(max_examples=150, deadline=None)
@given(path=st.sampled_from(PATHS[2]), value=JSON, remove=st.booleans())
def test_any_value_in_any_key_of_an_extension_gives_a_procedure_or_sentences(path, value, remove):
    """The same for a file that extends another."""
    content = changed(SHIPPED[2], path, value, remove=remove)
    try:
        written = "\n".join(f"{key} = {inline(each)}" for key, each in content.items())
        procedure = parse_procedure(written, BUILT_IN, source="x", bases=[SHIPPED[1]], notices=list(notices()))
    except InvalidProcedure as refusal:
        assert refusal.faults
        return

    assert len(procedure.content_hash) == 64


def inline(value):
    """Return a value as TOML in one line (a missing one as a text)."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{json.dumps(key)} = {inline(each)}" for key, each in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(inline(each) for each in value) + "]"
    if isinstance(value, float):
        return str(value)
    return json.dumps(value if value is not None else "", ensure_ascii=False)


def borrowing(text):
    """Return a procedure of another key that borrows from the small one."""
    own = SMALL.replace('key = "visit"', 'key = "tour"').replace("computed = []", f"computed = []\n{text}", 1)
    return read(own, bases=[read_content(SMALL, source="base.toml")])


def test_actions_that_every_procedure_has_are_borrowed():
    """A suspension is written once, and is the same everywhere."""
    base = read(SMALL)
    action = next(iter(set(base.actions) - {"open"}))
    text = SMALL.replace('key = "visit"', 'key = "tour"')
    start = text.index(f'[[actions]]\nname = "{action}"')
    end = text.find("[[actions]]", start + 1)
    without = text[:start] + (text[end:] if end > 0 else "")
    borrowed = without.replace(
        "computed = []", f'computed = []\nborrows = {{ from = "visit@1", actions = ["{action}"] }}'
    )

    assert read(borrowed, bases=[base.content]).actions[action] == base.actions[action]


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ('borrows = { from = "visit@7", actions = ["close"] }', "borrows.from"),
        ('borrows = { from = "visit@1", actions = ["dance"] }', "borrows.actions"),
        ('borrows = { from = "visit@1", actions = "close" }', "borrows"),
        ('borrows = { actions = ["close"] }', "borrows"),
        ('borrows = { from = "visit@1", actions = ["close"], but = 3 }', "borrows"),
        ("borrows = 3", "borrows"),
    ],
)
def test_what_is_borrowed_must_exist(text, path):
    """From a version that is known, by the names of its actions."""
    with pytest.raises(InvalidProcedure) as refusal:
        borrowing(text)

    assert [where for where, _ in refusal.value.faults] == [path]


def test_what_is_borrowed_is_not_defined_twice():
    """One's own action and a borrowed one of the same name are a fault, as two of one's own."""
    with pytest.raises(InvalidProcedure, match="défini deux fois"):
        borrowing('borrows = { from = "visit@1", actions = ["close"] }')
