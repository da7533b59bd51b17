"""A procedure that reads well but could not be lived is refused, with every fault named at once."""

import copy

import pytest
from tests.unit.states.world import SHIPPED

from appui.notifications.notices import notices
from appui.states.effects import BUILT_IN
from appui.states.errors import InvalidProcedure
from appui.states.parsing import build_procedure


def action(content, name):
    """Return one action of plain data."""
    return next(each for each in content["actions"] if each["name"] == name)


def deadline(content, key):
    """Return one deadline of plain data."""
    return next(each for each in content["deadlines"] if each["key"] == key)


def faults(*changes):
    """Return the (path, sentence) of each fault of the shipped procedure after these changes."""
    content = copy.deepcopy(SHIPPED[1])
    for change in changes:
        change(content)
    with pytest.raises(InvalidProcedure) as refusal:
        build_procedure(content, BUILT_IN, source="x", notices=list(notices()))
    return list(refusal.value.faults)


def setting(name, **values):
    """Return a change of one action."""
    return lambda content: action(content, name).update(values)


def timing(key, **values):
    """Return a change of one deadline."""
    return lambda content: deadline(content, key).update(values)


def with_field(**values):
    """Return a change that adds a field to the comment."""
    new = {"name": "more", "type": "text", "label": "Plus", **values}
    return lambda content: action(content, "comment")["fields"].append(new)


def with_state(name, **values):
    """Return a change that adds a state."""
    new = {"label": "X", "public": {"label": "X", "sentence": "X."}, **values}
    return lambda content: content["states"].update({name: new})


def without_action(*names):
    """Return a change that removes actions."""

    def change(content):
        content["actions"] = [each for each in content["actions"] if each["name"] not in names]

    return change


def only_entering(state):
    """Return a change after which nothing leaves that state."""

    def change(content):
        for each in content["actions"]:
            for way in each.get("ways", [each]):
                groups = {"@open": [name for name, value in content["states"].items() if not value.get("final")]}
                sources = [name for source in way["from"] for name in groups.get(source, [source])]
                if way["to"] != "@same":
                    way["from"] = [name for name in sources if name != state]

    return change


FAULTS = {
    # what is wrong: (the change, path, a word of the sentence)
    "unknown source": (setting("refuse", **{"from": ["lost"]}), "actions.refuse.from", "lost"),
    "unknown target": (setting("refuse", to="lost"), "actions.refuse.to", "lost"),
    "unknown guard": (setting("undo", guards=["luck"]), "actions.undo.guards", "luck"),
    "unknown check": (setting("sign", checks=["luck"]), "actions.sign.checks", "luck"),
    "unknown role": (setting("sign", roles=["king"]), "actions.sign.roles", "king"),
    "no role": (setting("sign", roles=[]), "actions.sign.roles", "personne"),
    "unknown effect": (setting("sign", effects=["luck"]), "actions.sign.effects", "luck"),
    "unknown notice": (setting("sign", notices=["fanfare"]), "actions.sign.notices", "fanfare"),
    "unknown notice of a deadline": (timing("signature", notice="fanfare"), "deadlines.signature.notice", "fanfare"),
    "unknown field type": (with_field(type="colour"), "actions.comment.fields.more.type", "colour"),
    "choice without options": (with_field(type="choice"), "actions.comment.fields.more.options", "choix"),
    "options without choice": (with_field(options={"a": "b"}), "actions.comment.fields.more.options", "choix"),
    "group without fields": (with_field(type="group"), "actions.comment.fields.more.fields", "champs"),
    "field twice": (with_field(name="text"), "actions.comment.fields.text", "deux fois"),
    "reserved field": (
        with_field(name="happened_on", type="date"),
        "actions.comment.fields.happened_on",
        "existe déjà",
    ),
    "required with nothing": (with_field(required_with="lost"), "actions.comment.fields.more.required_with", "lost"),
    "default of a text": (with_field(default="happened_on"), "actions.comment.fields.more.default", "date"),
    "any of nothing": (setting("comment", any_of=[["lost"]]), "actions.comment.any_of", "lost"),
    "assigns nothing": (setting("assign", assigns="lost"), "actions.assign.assigns", "lost"),
    "unknown route": (setting("route_local", route="regional"), "actions.route_local.route", "regional"),
    "unknown place to keep": (setting("refuse", keep="drawer"), "actions.refuse.keep", "journal"),
    "unpresumes nothing": (setting("reroute", unpresumes=["luck"]), "actions.reroute.unpresumes", "luck"),
    "unknown choice": (
        lambda content: content["choices"].update(luck={"targets": ["received"]}),
        "choices.luck",
        "luck",
    ),
    "unknown target of a choice": (
        lambda content: content["choices"]["last_signature"].update(targets=["lost"]),
        "choices.last_signature.targets",
        "lost",
    ),
    "unknown computed fact": (lambda content: content["computed"].append("luck"), "computed", "luck"),
    "unknown state of a phase": (lambda content: content["phases"][0]["states"].append("lost"), "phases", "lost"),
    "state in two phases": (lambda content: content["phases"][0]["states"].append("framed"), "phases", "deux"),
    "from nowhere": (setting("refuse", **{"from": []}), "actions.refuse.from", "aucun état"),
    "two ways in": (
        setting("comment", ways=[{"from": ["received"], "to": "@same"}, {"from": ["received"], "to": "scoping"}]),
        "actions.comment",
        "sans condition",
    ),
    "no opening": (without_action("open"), "actions", "open"),
    "opening from a state": (setting("open", **{"from": ["received"]}), "actions.open.from", "@new"),
    "opening to no state": (setting("open", to="@before_end"), "actions.open.to", "un état"),
    "unreachable state": (with_state("island", final=True), "states.island", "aucun chemin"),
    "dead end": (only_entering("delivered"), "states.delivered", "n'en sort"),
    "nothing meets": (timing("signature", met_by=[]), "deadlines.signature.met_by", "rien"),
    "met by nothing known": (timing("signature", met_by=["dance"]), "deadlines.signature.met_by", "dance"),
    "met by an unknown fact": (timing("signature", met_by=["data:lost"]), "deadlines.signature.met_by", "lost"),
    "starts nowhere": (timing("signature", starts="state:lost"), "deadlines.signature.starts", "lost"),
    "starts by nothing": (timing("signature", starts="received"), "deadlines.signature.starts", "data:x"),
    "starts on no day": (timing("signature", starts="data:need"), "deadlines.signature.starts", "pas une date"),
    "ends on no day": (timing("completion", until="data:themes"), "deadlines.completion.until", "pas une date"),
    "counts from a state": (timing("signature", since="state:received"), "deadlines.signature.since", "data:"),
    "a fact in a group": (timing("signature", met_by=["data:contact.lost"]), "deadlines.signature.met_by", "contact"),
    "stops nowhere": (timing("signature", stops_in=["lost"]), "deadlines.signature.stops_in", "lost"),
    "no delay": (timing("signature", after="0 days"), "deadlines.signature.after", "au moins"),
    "a reminder twice": (timing("signature", remind=[{"at": "end"}] * 2), "deadlines.signature.remind.1", "deux fois"),
    "a reminder before the start": (
        timing("signature", remind=[{"at": "end - 30 days"}]),
        "deadlines.signature.remind.0.at",
        "30 jours",
    ),
    "a reminder counted on beyond the end": (
        timing("signature", remind=[{"at": "start + 31 days"}]),
        "deadlines.signature.remind.0.at",
        "hors du délai",
    ),
    "reminded at every moment": (
        timing("signature", remind=[{"every": "0 days", "while": "late"}]),
        "deadlines.signature.remind.0.every",
        "au moins",
    ),
    "an unknown notice of a deadline": (timing("signature", notice="fanfare"), "deadlines.signature.notice", "fanfare"),
    "escalating to nobody": (
        timing("signature", escalate={"notice": "fanfare"}),
        "deadlines.signature.escalate.notice",
        "fanfare",
    ),
    "reminders without words": (timing("signature", notice=""), "deadlines.signature.notice", "sans avis"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_named_by_the_path_of_its_key(name):
    """The author reads where, what, and what was expected."""
    change, path, word = FAULTS[name]

    assert any(where == path and word in sentence for where, sentence in faults(change))


def test_all_faults_are_named_at_once():
    """One reading is enough to correct a file."""
    names = ["unknown guard", "no role", "nothing meets", "dead end", "unknown computed fact", "unknown route"]
    independent = [FAULTS[name] for name in names]

    found = {path for path, _ in faults(*(change for change, _, _ in independent))}

    assert found >= {path for _, path, _ in independent}


def test_notices_are_checked_only_where_they_are_known():
    """A host without mails reads the same file."""
    content = copy.deepcopy(SHIPPED[1])
    setting("sign", notices=["fanfare"])(content)

    assert build_procedure(content, BUILT_IN, source="x").actions["sign"].notices == ("fanfare",)


def test_a_guarded_way_may_stand_beside_an_unguarded_one():
    """Guarded ways are asked in their order; only two without a condition are ambiguous."""
    content = copy.deepcopy(SHIPPED[1])
    ways = [
        {"from": ["received"], "to": "scoping", "guards": ["is_suspended"]},
        {"from": ["received"], "to": "@same"},
    ]
    setting("comment", ways=ways)(content)

    assert len(build_procedure(content, BUILT_IN, source="x").actions["comment"].transitions) == 2


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("local_target", "beaucoup", "un taux de 0 à 1"),
        ("local_target", "1.5", "un taux de 0 à 1"),
        ("operator_counts", "parfois", "« excluded », « local » ou « national »"),
        ("operator_counts", ["local"], "« excluded », « local » ou « national »"),
        ("justification_reading", "xor", "« or » ou « and »"),
        ("free_below_commune", -1, "un nombre entier d'habitants"),
        ("coverage_otherwise", 0.5, "un taux de 0 à 1"),
    ],
)
def test_a_setting_that_our_functions_could_not_read_is_a_fault(name, value, expected):
    """A target of « beaucoup » would fail at the first routing, in front of the deputy."""
    [(path, text)] = faults(lambda content: content["settings"].update({name: value}))

    assert path == f"settings.{name}"
    assert expected in text


def test_a_setting_that_the_coverage_asks_for_is_missed_when_the_file_is_read():
    """Not at the first convention."""
    [(path, _)] = faults(lambda content: content["settings"].pop("free_below_commune"))

    assert path == "settings.free_below_commune"


def test_a_setting_of_a_host_is_its_own():
    """Its own guards read it; nobody else knows what is right."""
    content = copy.deepcopy(SHIPPED[1])
    content["settings"]["our_own"] = {"anything": 3}

    assert build_procedure(content, BUILT_IN, source="x").settings["our_own"] == {"anything": 3}
