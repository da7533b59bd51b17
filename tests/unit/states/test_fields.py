"""The shape of an action's data: what is taken, and the sentence for what is not."""

import json
import math
import re
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.states.world import REGIMES

from appui.states.errors import InvalidData
from appui.states.fields import MAX_CENTS, MAX_ITEMS, PERSONAL_TYPES, TYPES, clean, clean_text, clean_value
from appui.states.procedure import Action, Field

TODAY = date(2026, 3, 3)
BIG = 10**6

RIGHT: dict[str, list[Any]] = {
    "text": [("  Friche ", "Friche"), ("e\u0301te\u0301", "été"), ("l'aujourd’hui « oui »", "l'aujourd’hui « oui »")],
    "paragraph": [("une\r\nligne\tet", "une\nligne\tet"), ("x" * 20_000, "x" * 20_000)],
    "identifier": [("mairie", "mairie"), ("a.b-c_d:e@f", "a.b-c_d:e@f")],
    "person": [("m.agent", "m.agent")],
    "provider": [("caue79", "caue79")],
    "document": [("0b7c", "0b7c")],
    "email": [("mairie@exemple.fr", "mairie@exemple.fr"), (" a+b@c-d.example.fr", "a+b@c-d.example.fr")],
    "phone": [("05 49 00 00 01", "05 49 00 00 01"), ("+33 (0)5.49", "+33 (0)5.49")],
    "url": [("https://visio.exemple.fr/salle?x=1", "https://visio.exemple.fr/salle?x=1")],
    "commune": [("79049", "79049"), ("2A004", "2A004"), ("97105", "97105")],
    "department": [("79", "79"), ("2B", "2B"), ("971", "971"), ("988", "988")],
    "siren": [("200 040 244", "200040244"), ("200\u00a0040\u00a0244", "200040244")],
    "date": [("2026-03-03", "2026-03-03"), (date(2024, 2, 29), "2024-02-29"), ("2200-01-01", "2200-01-01")],
    "datetime": [
        ("2026-03-31T14:00+02:00", "2026-03-31T12:00:00+00:00"),
        ("2026-03-31T12:00Z", "2026-03-31T12:00:00+00:00"),
        (datetime(2026, 3, 31, 14, tzinfo=timezone(timedelta(hours=2))), "2026-03-31T12:00:00+00:00"),
    ],
    "integer": [(0, 0), (MAX_CENTS, MAX_CENTS)],
    "cents": [(1_000_001, 1_000_001)],
    "rate": [("0.5", "0.5"), ("1", "1"), ("0", "0"), ("1.0000", "1.0000"), (Decimal("0.25"), "0.25")],
    "boolean": [(True, True), (False, False)],
    "choice": [("yes", "yes")],
    "any": [
        ({"a": [1, None]}, {"a": [1, None]}),
        (False, False),
        (0, 0),
        (date(2026, 3, 1), "2026-03-01"),
        (2**63 - 1, 2**63 - 1),
    ],
}

WRONG: dict[str, list[Any]] = {
    "text": [1, True, ["a"], {"a": 1}, b"a", "x" * 301, "a\nb", "a\tb", "\u0958" * 300],
    "paragraph": ["x" * 10_000_000, "a\rb", "\x1b[31m"],
    "identifier": ["-a", "a b", "é", "a" * 101, "../etc", "a\n"],
    "person": [7, "m agent"],
    "provider": [["caue"], "caue 79"],
    "document": ["a/b"],
    "email": [
        "mairie",
        "a@b",
        "a@b.fr, c@d.fr",
        "a b@c.fr",
        "a@exemple.fr\r\nBcc: x@y.fr",
        "a" * 65 + "@b.fr",
        "é@b.fr",
    ],
    "phone": ["12", "appelez-moi", "0" * 31],
    "url": ["javascript:alert(1)", "ftp://a.fr", "https://a b", 'https://a"b', "https://" + "a" * 1001],
    "commune": ["7904", "790490", "7904A", "A9049", 79049],
    "department": ["7", "3A9", 79, "9712", "970a"],
    "siren": ["200040245", "20004024", "2000402440", "²00040244", 200040244, "٢٠٠٠٤٠٢٤٤"],
    "date": [
        "03/03/2026",
        "2026-02-29",
        "20260303",
        "2026-W10-2",
        "1899-12-31",
        "2200-01-02",
        20260303,
        1.5,
        "٢٠٢٦-٠٣-٠٣",
    ],
    "datetime": [
        "2026-03-31",
        "2026-03-31T14:00",
        "demain",
        datetime(2026, 3, 31, 14),  # noqa: DTZ001 (an instant without a zone is what is refused)
        "0001-01-01T00:00+14:00",
        "9999-12-31T23:59-12:00",
        "1900-01-01T00:00+02:00",
        12,
    ],
    "integer": [-1, MAX_CENTS + 1, 10**5000, True, 1.0, "1", math.nan, math.inf],
    "cents": [False, -5, 12.5],
    "rate": [0.5, 1, True, "1.5", "0,5", "-0.1", "0.12345", "NaN", "1e-2", ".5", Decimal("Infinity")],
    "boolean": [1, 0, "true", "oui", [True]],
    "choice": ["maybe", 1, ["yes"], "YES", "yes "],
    "any": [
        math.nan,
        {1, 2},
        object(),
        10**5000,
        {"a": [2**63]},
        -(2**63) - 1,
        "x" * 100_001,
        float("-inf"),
        json.loads("[" * 102 + "]" * 102),
        json.loads("[" * 900 + "]" * 900),
    ],
}


def field(kind, **more):
    """Return a field of that type with an unmistakable label."""
    options = (("yes", "oui"), ("no", "non")) if kind == "choice" else ()
    return Field(name="it", type=kind, label="Donnée", options=options, **more)


def action(*fields, any_of=()):
    """Return an action that takes these fields."""
    return Action(name="act", label="Agir", transitions=(), roles=(), fields=fields, any_of=any_of)


def faults(*fields, data, any_of=()):
    """Return the (path, sentence) of each fault."""
    with pytest.raises(InvalidData) as refusal:
        clean(action(*fields, any_of=any_of), data, today=TODAY)
    return refusal.value.errors


def test_every_type_has_its_examples():
    """A new type comes with what it takes and what it does not."""
    assert set(RIGHT) == set(WRONG) == set(TYPES)
    assert set(TYPES) >= PERSONAL_TYPES


@pytest.mark.parametrize(
    ("kind", "place"), [(kind, place) for kind, pairs in RIGHT.items() for place in range(len(pairs))]
)
def test_what_is_right_is_kept_as_plain_json(kind, place):
    """Text is stripped and composed, days and instants are ISO text."""
    value, kept = RIGHT[kind][place]

    found = clean(action(field(kind)), {"it": value}, today=TODAY)

    assert found == {"it": kept}
    assert json.loads(json.dumps(found)) == found


@pytest.mark.parametrize(
    ("kind", "place"), [(kind, place) for kind, values in WRONG.items() for place in range(len(values))]
)
def test_what_is_wrong_gets_one_short_french_sentence(kind, place):
    """The sentence names the field by its label, and no word of the machine."""
    [(path, sentence)] = faults(field(kind), data={"it": WRONG[kind][place]})

    assert path == "it"
    assert sentence.startswith("« Donnée » ")
    assert len(sentence) < 300
    assert not re.search(r"\b(str|int|dict|list|bool|float|None|NoneType|bytes|object|tuple|Error)\b", sentence)


HIDDEN = ["\0", "\x07", "\x7f", "\x85", "\u200e", "\u200f", "\u202e", "\u2066", "\u061c", "\ud800", "\udfff"]


@pytest.mark.parametrize("char", HIDDEN, ids=ascii)
@pytest.mark.parametrize("kind", ["text", "paragraph", "identifier", "email", "date", "siren", "datetime", "rate"])
def test_hidden_characters_are_refused_in_every_kind_of_text(kind, char):
    """A right-to-left mark turns a name around in a mail; a NUL cuts it; half a character cannot be stored."""
    [(path, sentence)] = faults(field(kind), data={"it": f"ab{char}c"})

    assert path == "it"
    assert char not in sentence


def test_the_place_of_a_hidden_character_is_told():
    """Nobody finds what cannot be seen."""
    [(_, sentence)] = faults(field("text"), data={"it": "ab\u202ec"})

    assert sentence == "« Donnée » contient un caractère invisible (U+202E) en position 3 : retirez-le."


@pytest.mark.parametrize("empty", ["", "   ", None, [], {}, "\u00a0", "\u2003 "])
def test_emptiness_is_not_an_answer(empty):
    """A field left blank, even with a non-breaking space, is missing when it is required and left out otherwise."""
    assert clean(action(field("text")), {"it": empty}, today=TODAY) == {}
    assert faults(field("text", required=True), data={"it": empty}) == [("it", "Champ obligatoire : « Donnée ».")]


@pytest.mark.parametrize("rows", [[""], [None, " "], [[]], ["\u00a0"]])
def test_a_list_of_blank_rows_is_empty(rows):
    """A form sends its blank rows too."""
    assert clean(action(field("text", many=True)), {"it": rows}, today=TODAY) == {}
    assert faults(field("text", many=True, required=True), data={"it": rows})[0][0] == "it"


def test_blank_rows_between_others_are_left_out_and_places_are_those_that_were_sent():
    """The officer finds the faulty row where the form shows it."""
    rows = field("cents", many=True)

    assert clean(action(rows), {"it": [1, None, 2]}, today=TODAY) == {"it": [1, 2]}
    assert faults(rows, data={"it": [1, None, "x"]})[0][0] == "it[2]"


def test_a_group_of_blank_members_is_missing():
    """An empty contact is no contact."""
    contact = Field(name="contact", type="group", label="Contact", required=True, fields=(field("text"),))

    assert faults(contact, data={"contact": {"it": " "}}) == [("contact", "Champ obligatoire : « Contact ».")]


def test_every_fault_is_named_at_once_with_its_path():
    """One round trip is enough to correct a form."""
    person = Field(name="party", type="group", label="Parties", many=True, fields=(field("email", required=True),))
    data = {"party": [{}, {"it": "x"}, 3, {"it": "a@b.fr", "more": 1}], "other": 1}

    assert [path for path, _ in faults(person, data=data)] == ["other", "party[1].it", "party[2]", "party[3].more"]


def test_a_misspelt_field_is_guessed():
    """« recieved_on » is not lost silently."""
    received = Field(name="received_on", type="date", label="Reçue le")

    assert faults(received, data={"recieved_on": "2026-03-01"}) == [
        ("recieved_on", "Champ inconnu : vouliez-vous dire « received_on » ?")
    ]


ABSURD = {"half": "\ud800", "long": "x" * BIG, "nul": "\0", "number": 10**5000, "none": None, "pair": ("a",)}


@pytest.mark.parametrize("name", ABSURD.values(), ids=ABSURD)
def test_an_absurd_field_name_is_named_shortly(name):
    """Whatever the caller sends, the answer can be shown."""
    [(path, sentence)] = faults(field("text"), data={name: 1})

    path.encode()
    sentence.encode()
    assert len(path) < 100
    assert sentence == "Champ inconnu : les champs possibles sont it et happened_on."


@pytest.mark.parametrize("data", [None, [], "x", 3, b"{}", [("it", 1)], {1}], ids=repr)
def test_data_that_are_no_object_get_a_sentence(data):
    """A list at the top is not a form."""
    [(path, sentence)] = faults(field("text"), data=data)

    assert path == ""
    assert sentence.startswith("« Agir » attend un objet de champs, pas ")


@pytest.mark.parametrize("value", ["abc", {"a": 1}, 5], ids=repr)
def test_a_list_field_takes_lists_only(value):
    """A text is not a list of letters."""
    many = field("text", many=True, required=True)

    assert [path for path, _ in faults(many, data={"it": value})] == ["it"]


def test_a_million_items_are_refused_at_once():
    """The size is told, the items are not walked."""
    assert faults(field("text", many=True), data={"it": ["a"] * BIG}) == [
        ("it", f"« Donnée » : {BIG} éléments, {MAX_ITEMS} au plus.")
    ]


def test_a_million_unknown_fields_give_a_bounded_answer():
    """The refusal itself must not fill the memory."""
    assert len(faults(field("text"), data={f"k{place}": 1 for place in range(BIG)})) == MAX_ITEMS


def test_a_day_after_today_is_refused_where_it_must_be_past():
    """Today itself is fine."""
    past = field("date", past=True)

    assert clean(action(past), {"it": "2026-03-03"}, today=TODAY) == {"it": "2026-03-03"}
    assert faults(past, data={"it": "2026-03-04"})[0][1].startswith("« Donnée » ne peut pas être après aujourd'hui")


def test_every_action_takes_its_day_and_never_a_future_one():
    """What was done yesterday can be entered today; tomorrow has not happened."""
    assert clean(action(), {"happened_on": "2026-03-02"}, today=TODAY) == {"happened_on": "2026-03-02"}
    assert faults(data={"happened_on": "2026-03-04"})[0][0] == "happened_on"


def test_a_field_can_be_required_by_another():
    """« Aucun prestataire » asks for its reason."""
    reason = Field(name="reason", type="text", label="Motif", required_with="it")

    assert faults(field("boolean"), reason, data={"it": True}) == [("reason", "Champ obligatoire : « Motif ».")]
    assert clean(action(field("boolean"), reason), {"it": False}, today=TODAY) == {"it": False}


def test_one_of_several_fields_must_say_something():
    """A box left unticked is not a place to meet."""
    place, online = (
        Field(name="place", type="text", label="Lieu"),
        Field(name="online", type="boolean", label="En ligne"),
    )
    sets = (("place", "online"),)

    for data in ({}, {"online": False}, {"place": " "}):
        assert faults(place, online, data=data, any_of=sets) == [
            ("place", "Indiquez au moins : « Lieu » ou « En ligne ».")
        ]
    assert clean(action(place, online, any_of=sets), {"online": True}, today=TODAY) == {"online": True}


def test_a_wrong_value_is_not_also_called_missing():
    """One fault, one sentence."""
    place = Field(name="place", type="text", label="Lieu", required=True)

    assert len(faults(place, data={"place": 3}, any_of=(("place",),))) == 1


def test_one_value_can_be_cleaned_alone():
    """A correction is cleaned as the fact that it replaces."""
    assert clean_value(field("siren"), "200 040 244", path="value", today=TODAY) == "200040244"
    with pytest.raises(InvalidData) as refusal:
        clean_value(field("siren"), "1", path="value", today=TODAY)

    assert refusal.value.errors[0][0] == "value"


@pytest.mark.parametrize("title", ["", " ", None, 3, "a\0b", "x" * 301, "\u00a0"], ids=repr)
def test_a_title_is_one_honest_line(title):
    """The title heads every mail about the case."""
    with pytest.raises(InvalidData) as refusal:
        clean_text(title, label="Objet", path="title")

    assert [path for path, _ in refusal.value.errors] == ["title"]


NAMES = sorted({field.name for action in REGIMES[2024].actions.values() for field in action.fields})
WORDS = st.sampled_from(
    [
        "caue",
        "2026-03-01",
        "0.5",
        "email",
        "fragility",
        "a@b.fr",
        "79049",
        "\u00a0",
        "",
        "2026-03-10T10:00+01:00",
        "yes",
    ]
)
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | WORDS
VALUES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from([*NAMES, "id", "name"]) | st.text(), inner, max_size=5)
    ),
    max_leaves=12,
)
DATA = st.dictionaries(st.sampled_from([*NAMES, "happened_on"]) | st.text(max_size=3), VALUES, max_size=6)


@settings(max_examples=300, deadline=None)
@given(name=st.sampled_from(sorted(REGIMES[2024].actions)), data=VALUES | DATA)
def test_any_json_gives_clean_data_or_sentences(name, data):
    """Never a traceback; and what was cleaned once stays as it is."""
    found = REGIMES[2024].actions[name]
    try:
        once = clean(found, data, today=TODAY)
    except InvalidData as refusal:
        str(refusal).encode()
        assert refusal.errors
        return

    json.dumps(once, allow_nan=False).encode()
    assert clean(found, once, today=TODAY) == once


@settings(max_examples=60, deadline=None)
@given(value=st.sampled_from([value for pairs in RIGHT.values() for value, _ in pairs]) | st.text() | LEAVES)
@pytest.mark.parametrize("kind", sorted(TYPES))
def test_cleaning_is_idempotent_for_every_type(kind, value):
    """A form that is sent back unchanged changes nothing."""
    try:
        once = clean(action(field(kind)), {"it": value}, today=TODAY)
    except InvalidData:
        return

    assert clean(action(field(kind)), once, today=TODAY) == once


@settings(max_examples=100, deadline=None)
@given(instant=st.datetimes(datetime(1899, 12, 30), datetime(2201, 1, 3)), hours=st.integers(-14, 14))  # noqa: DTZ001
def test_an_instant_near_the_bounds_is_taken_the_same_way_twice(instant, hours):
    """A zone must not carry it over the edge."""
    aware = instant.replace(tzinfo=timezone(timedelta(hours=hours)))
    try:
        once = clean_value(field("datetime"), aware.isoformat(), path="it", today=TODAY)
    except InvalidData:
        return

    assert clean_value(field("datetime"), once, path="it", today=TODAY) == once
    assert datetime.fromisoformat(once) == aware.astimezone(UTC)
