"""Delivery: what is due leaves once, with a life that anybody can read on its case."""

import threading
from datetime import UTC, datetime, timedelta
from email.header import decode_header, make_header

import pytest
from tests.integration.engine.world import AGENT, DEPUTY, PARTIES, Desk

from appui.notifications.memory import MemoryTransport
from appui.notifications.transport import LostAnswer, PermanentFailure, TemporaryFailure, Unreachable
from appui.workflow import Actor, AppuiError, Grant, InvalidData, Person
from appui.workflow.correspondence import words_of
from appui.workflow.delivery import Delivery

RECALL = timedelta(minutes=10)
DESK = Grant("intake_officer", "department:79")


def answers(*errors):
    """Return what a server answers, letter after letter: these errors (None: taken), then it takes everything."""
    left = list(errors)

    def answer(_recipient):
        error = left.pop(0) if left else None
        if error is not None:
            raise error

    return answer


class Killed(BaseException):
    """The process ends here: nothing more is recorded."""


def die(_recipient):
    """End the process that sends, between the letter and its answer."""
    raise Killed


@pytest.fixture
def transport():
    """A server in memory, that takes everything unless told otherwise."""
    return MemoryTransport()


@pytest.fixture
def engine(make_engine, transport):
    """An engine that sends into memory."""
    return make_engine(transport=transport)


@pytest.fixture
def desk(engine, clock):
    """Leads cases through `engine`."""
    return Desk(engine, clock)


@pytest.fixture
def message(engine):
    """Return the message of a notice on a case, as it stands."""

    def find(case, notice="acknowledgement"):
        return next(each for each in engine.messages(case.id, actor=AGENT) if each.notice == notice)

    return find


def _delivered(engine, clock, after=RECALL):
    clock.advance(after)
    return engine.deliver_due()


def test_a_message_leaves_once_the_recall_delay_is_over(engine, desk, clock, transport, message):
    """Until then whoever acted may take it back; afterwards it goes, once."""
    case = desk.open()
    early = _delivered(engine, clock, RECALL - timedelta(seconds=1))
    _delivered(engine, clock, timedelta(seconds=1))
    again = _delivered(engine, clock, timedelta(days=1))

    assert (early, again) == (0, 0)
    assert [letter.recipient for letter in transport.letters] == ["mairie@exemple.fr"]
    sent = message(case)
    assert (sent.status, sent.attempts, sent.answer, sent.doubtful) == ("sent", 1, "accepté", False)
    assert sent.sent_at == clock() - timedelta(days=1)


def test_letters_of_a_case_are_one_thread(engine, desk, clock, transport):
    """A mail program shows them together, and each has a name of its own."""
    desk.through(desk.open(), "start_scoping")
    _delivered(engine, clock)
    letters = [letter.parsed for letter in transport.letters]

    assert len(letters) >= 2
    assert len({letter["References"] for letter in letters}) == 1
    assert len({letter["Message-ID"] for letter in letters}) == len(letters)
    assert {letter["Auto-Submitted"] for letter in letters} == {"auto-generated"}


def test_a_letter_names_the_case_in_french(engine, desk, clock, transport):
    """Who opens it knows which request it is about."""
    case = desk.open(title="Friche de l'abbaye")
    _delivered(engine, clock)
    (letter,) = transport.letters
    text = letter.parsed.get_payload()[0].get_payload(decode=True).decode()

    assert case.reference in str(make_header(decode_header(letter.parsed["Subject"])))
    assert "Friche de l'abbaye" in text


def test_an_undone_action_is_not_told(engine, desk, clock, transport, message):
    """What was taken back within the delay never leaves."""
    case = desk.act(desk.open(), "start_scoping")
    desk.act(case, "undo", actor=DEPUTY)
    _delivered(engine, clock)

    assert message(case, "scoping_started").status == "cancelled"
    assert [each for each in transport.letters if b"tude" in each.content and b"essai" in each.content] == []


def test_a_message_whose_reason_is_gone_is_cancelled_with_that_reason(engine, desk, clock, transport, message):
    """Nobody is asked for what has come in the meantime."""
    case = desk.act(desk.open(), "ask_completion")
    desk.act(case, "provide_completion")
    _delivered(engine, clock)
    asked = message(case, "completion_asked")

    assert (asked.status, asked.attempts) == ("cancelled", 0)
    assert asked.answer == "Le dossier n'en est plus à cette étape."


def test_a_second_visit_of_a_state_is_told_again(engine, desk, clock, message):
    """A case that comes back is written about as if for the first time."""
    case = desk.act(desk.open(), "ask_completion")
    _delivered(engine, clock)
    case = desk.act(desk.act(case, "provide_completion"), "ask_completion")
    _delivered(engine, clock)
    asked = [each for each in engine.messages(case.id, actor=AGENT) if each.notice == "completion_asked"]

    assert [each.status for each in asked] == ["sent", "sent"]
    assert len({each.visit for each in asked}) == 2


def test_a_party_that_has_signed_meanwhile_is_not_asked(engine, desk, clock, message):
    """Only those whose signature is missing hear of it."""
    parties = [{**PARTIES[0], "email": "etat@exemple.fr"}, PARTIES[1]]
    case = desk.through(
        desk.open(), "start_scoping", "record_framing", "consult_providers", "record_answer", "route_national",
        "accept_national",
    )  # fmt: skip
    case = desk.act(case, "draft_convention", {"amount_cents": 1_000_001, "coverage_rate": "1", "parties": parties})
    case = desk.act(case, "send_for_signature")
    case = desk.act(case, "sign", {"party": "mairie", "on_paper": True}, actor=AGENT)
    _delivered(engine, clock)
    found = {
        each.recipient: (each.status, each.answer)
        for each in engine.messages(case.id, actor=AGENT)
        if each.notice == "convention_to_sign"
    }

    assert found["party:mairie"] == ("cancelled", "Cette partie a signé entre-temps.")
    assert found["party:state"][0] == "sent"


def test_an_answer_given_before_the_morning_leaves_its_reminder_unsent(engine, desk, clock, transport):
    """« La relance le lendemain de la réponse »: what was due at midnight is asked of the case again at eight."""
    engine.people.add(Person("guichet", "Mme Guichet", "guichet@exemple.fr", grants=(DESK,)))
    case = desk.open(received_on="2026-03-03", contact={"name": "M. Maire"})
    _delivered(engine, clock)
    clock.set(datetime(2026, 3, 17, 23, 30, tzinfo=UTC))
    engine.see_to_due_work()
    case = engine.get(case.id, actor=AGENT)
    sent = len(transport.letters)
    desk.act(case, "start_scoping")
    clock.set(datetime(2026, 3, 18, 8, tzinfo=UTC))
    engine.deliver_due()
    reminders = [each for each in engine.messages(case.id, actor=AGENT) if "deadlines" in each.data]

    assert {each.status for each in reminders} == {"cancelled"}
    assert [each for each in transport.letters[sent:] if each.recipient == "guichet@exemple.fr"] == []


def test_an_address_that_is_corrected_in_time_is_the_one_used(engine, desk, clock, transport):
    """Who receives a message is settled when it leaves."""
    case = desk.open()
    contact = {"name": "Mme Maire", "email": "accueil@exemple.fr"}
    desk.act(case, "correct", {"what": "contact", "value": contact, "reason": "Mal notée"})
    _delivered(engine, clock)

    assert [letter.recipient for letter in transport.letters] == ["accueil@exemple.fr"]


def test_without_an_address_a_message_is_refused_and_says_for_whom(engine, desk, clock, transport, message):
    """Nothing is lost without a word: the case shows it, lists find it, and a hand can send it."""
    engine.people.add(Person("ada", "Ada", "ada@exemple.fr", grants=(DESK,)))
    case = desk.open(contact={"name": "M. Maire"})
    other = desk.open()
    _delivered(engine, clock)
    refused = message(case)
    alarmed = engine.cases(actor=AGENT, mail_refused=True).items
    calm = engine.cases(actor=AGENT, mail_refused=False).items

    assert (refused.status, refused.answer) == ("refused", "Aucune adresse connue pour M. Maire.")
    assert [each.id for each in alarmed] == [case.id]
    assert [each.id for each in calm] == [other.id]

    desk.act(case, "correct", {"what": "contact", "value": {"email": "mairie@exemple.fr"}, "reason": "Trouvée"})
    engine.outbox.retry(refused.id)
    engine.deliver_due()

    assert message(case).status == "sent"
    assert engine.cases(actor=AGENT, mail_refused=True).items == ()


def test_each_holder_of_a_role_receives_one(engine, desk, clock, transport):
    """Nobody held the role when the request came; two people do when the message leaves."""
    case = desk.open()
    for name in ("ada", "zoe"):
        engine.people.add(Person(name, name, f"{name}@exemple.fr", grants=(DESK,)))
    _delivered(engine, clock)
    told = [each for each in engine.messages(case.id, actor=AGENT) if each.notice == "request_received"]

    assert sorted((each.recipient, each.status) for each in told) == [("person:ada", "sent"), ("person:zoe", "sent")]
    assert {"ada@exemple.fr", "zoe@exemple.fr"} < {letter.recipient for letter in transport.letters}


def test_whoever_has_left_learns_nothing_more(engine, desk, clock, transport):
    """An account closed within the delay gets no letter; the alarm says for whom it was."""
    engine.people.add(Person("ada", "Ada", "ada@exemple.fr", grants=(DESK,)))
    case = desk.open()
    engine.people.disable("ada")
    _delivered(engine, clock)
    told = [each for each in engine.messages(case.id, actor=AGENT) if each.notice == "request_received"]

    assert [(each.status, each.answer) for each in told] == [("refused", "Aucune adresse connue pour Ada.")]


def test_a_role_that_nobody_holds_is_said(engine, desk, clock, message):
    """The alarm names the role to fill."""
    case = desk.open()
    _delivered(engine, clock)

    assert message(case, "request_received").answer == (
        "Aucune adresse connue pour le rôle « guichet », que personne ne tient ici."
    )


def test_a_temporary_failure_is_tried_again_later(engine, desk, clock, transport, message):
    """4xx: a minute, five, thirty, two hours… until it is taken."""
    transport.answer = answers(TemporaryFailure("451 plus tard"), TemporaryFailure("451 plus tard"))
    case = desk.open()
    _delivered(engine, clock)
    first = message(case)
    wait = first.not_before - clock()
    too_early = _delivered(engine, clock, timedelta(seconds=30))
    _delivered(engine, clock, timedelta(seconds=60))
    second = message(case)
    _delivered(engine, clock, timedelta(minutes=6))

    assert (first.status, first.attempts, first.answer) == ("queued", 1, "451 plus tard")
    assert timedelta(seconds=53) < wait < timedelta(seconds=67)
    assert too_early == 0
    assert (second.status, second.attempts) == ("queued", 2)
    assert (message(case).status, message(case).attempts, message(case).doubtful) == ("sent", 3, False)


def test_after_three_days_a_message_is_given_up_in_plain_sight(engine, desk, clock, transport, message):
    """A server that never answers is an alarm on the case, not a silence."""
    transport.answer = lambda _: (_ for _ in ()).throw(TemporaryFailure("451 plus tard"))
    case = desk.open()
    start = clock()
    while message(case).status == "queued":
        _delivered(engine, clock, timedelta(minutes=10))
    given_up = message(case)

    assert (given_up.status, given_up.answer) == ("refused", "Abandonné après 12 essais. 451 plus tard")
    assert timedelta(days=2.5) < clock() - start < timedelta(days=3.5)


def test_a_permanent_failure_is_a_dead_letter_that_a_hand_can_send(engine, desk, clock, transport, message):
    """5xx: tried once, shown with the server's words, sent again on demand."""
    transport.answer = answers(PermanentFailure("550 boîte inconnue"))
    case = desk.open()
    _delivered(engine, clock)
    refused = message(case)
    left_alone = _delivered(engine, clock, timedelta(days=5))
    engine.outbox.retry(refused.id)
    engine.deliver_due()

    assert (refused.status, refused.attempts, refused.answer) == ("refused", 1, "550 boîte inconnue")
    assert left_alone == 0
    assert message(case).status == "sent"


@pytest.mark.parametrize("error", [LostAnswer("Aucune réponse"), RuntimeError("la prise")], ids=["lost", "unforeseen"])
def test_an_uncertain_message_is_sent_again_the_same_and_stays_flagged(engine, desk, clock, transport, message, error):
    """It may arrive twice: then a mail program knows it again by its Message-ID, and the case says so."""
    took = []

    def first_time_lost(recipient):
        took.append(recipient)
        if len(took) == 1:
            transport.send(engine.settings.mail.sender, recipient, kept())
            raise error

    def kept():
        return engine.outbox.letter(message(case).id)

    transport.answer = first_time_lost
    case = desk.open()
    _delivered(engine, clock)
    uncertain = message(case)
    _delivered(engine, clock, timedelta(minutes=2))
    first, second = transport.letters

    assert (uncertain.status, uncertain.doubtful, uncertain.departed) == ("unknown", True, True)
    assert first.content == second.content
    assert (message(case).status, message(case).doubtful, message(case).attempts) == ("sent", True, 2)


def test_a_server_that_is_down_is_tried_once_a_round(engine, desk, clock, transport, message):
    """The others wait for the next round, untried: a pause of the server costs them nothing."""
    transport.answer = answers(Unreachable("connexion impossible"))
    cases = [desk.open() for _ in range(3)]
    tried = _delivered(engine, clock)
    attempts = sorted(message(case).attempts for case in cases)
    engine.deliver_due()
    _delivered(engine, clock, timedelta(minutes=2))

    assert tried <= 1 + 3
    assert sum(attempts) == 1
    assert {message(case).status for case in cases} == {"sent"}


def test_a_template_that_fails_keeps_nobody_from_being_told(engine, desk, clock, transport):
    """The fault is on its message; the others leave."""

    def failing(message, raw, tools):
        if message.notice == "acknowledgement":
            raise ZeroDivisionError
        return words_of(message, raw, tools)

    delivery = Delivery(
        database=engine.database, tools=engine._tools, transport=transport, compose=failing, clock=clock
    )
    case = desk.act(desk.open(), "start_scoping")
    clock.advance(RECALL)
    delivery.deliver()
    found = {each.notice: each for each in engine.messages(case.id, actor=AGENT)}

    assert found["acknowledgement"].status == "refused"
    assert found["acknowledgement"].answer == "Le texte de « Accusé de réception » n'a pas pu être composé."
    assert found["scoping_started"].status == "sent"


@pytest.mark.parametrize(("window", "connections"), [(1, 1), (8, 4)])
def test_everything_leaves_once_whatever_the_window(make_engine, clock, transport, window, connections):
    """Several connections and windows share the queue; nothing leaves twice."""
    engine = make_engine(transport=transport, mail={"window": window, "connections": connections})
    desk = Desk(engine, clock)
    for number in range(20):
        desk.open(contact={"name": "M. Maire", "email": f"mairie{number}@exemple.fr"})
    _delivered(engine, clock)

    assert sorted(each.recipient for each in transport.letters) == sorted(f"mairie{n}@exemple.fr" for n in range(20))


def test_no_more_leave_in_a_minute_than_the_server_bears(make_engine, clock, transport):
    """The rest follows in the next minutes."""
    engine = make_engine(transport=transport, mail={"per_minute": 2, "window": 8})
    desk = Desk(engine, clock)
    for number in range(5):
        desk.open(contact={"email": f"mairie{number}@exemple.fr", "name": "M. Maire"})
    counts = []
    clock.advance(RECALL)
    for _ in range(4):
        engine.deliver_due()
        counts.append(len(transport.letters))
        clock.advance(timedelta(minutes=1))

    assert counts == [2, 4, 5, 5]


def test_an_instance_for_tries_writes_to_nobody_else(make_engine, clock, transport):
    """Copied from the real base, it sends all to one address and says for whom each was."""
    engine = make_engine(transport=transport, mail={"only_to": "essai@exemple.fr"})
    case = Desk(engine, clock).open()
    _delivered(engine, clock)
    (letter,) = transport.letters
    text, page = (part.get_payload(decode=True).decode() for part in letter.parsed.get_payload())
    (email,) = {each.email for each in engine.messages(case.id, actor=AGENT) if each.notice == "acknowledgement"}

    assert (letter.recipient, letter.parsed["To"]) == ("essai@exemple.fr", '"M. Maire" <essai@exemple.fr>')
    assert str(make_header(decode_header(letter.parsed["Subject"]))).startswith("[essai] ")
    assert "destiné à M. Maire <mairie@exemple.fr>" in text
    assert "destiné à M. Maire &lt;mairie@exemple.fr&gt;" in page
    assert email == "mairie@exemple.fr"


def test_without_a_server_letters_are_kept_in_a_folder(make_engine, clock, tmp_path):
    """An installation works, and can be looked at, before anybody knows the address of a server."""
    engine = make_engine()
    Desk(engine, clock).open()
    _delivered(engine, clock)
    (file,) = (tmp_path / "mail" / "new").iterdir()

    assert b"Delivered-To: mairie@exemple.fr\n" in file.read_bytes()
    assert [each.message.answer for each in engine.outbox.list(statuses=["sent"])] == [
        f"rangé dans {tmp_path / 'mail'}"
    ]


def test_a_worker_that_dies_while_sending_leaves_an_uncertain_message(engine, desk, clock, transport, message):
    """Its lease runs out; somebody else takes the message over, and nobody pretends to know."""
    transport.answer = die
    case = desk.open()
    with pytest.raises(Killed):
        _delivered(engine, clock)
    during = message(case)
    transport.answer = None
    held = engine.deliver_due()
    _delivered(engine, clock, timedelta(minutes=3))
    after = message(case)
    _delivered(engine, clock, timedelta(minutes=2))

    assert (during.status, held) == ("sending", 0)
    assert (after.status, after.doubtful, after.attempts) == ("unknown", True, 1)
    assert (message(case).status, message(case).doubtful) == ("sent", True)


def test_who_was_held_up_for_longer_than_its_lease_sends_no_more(make_engine, clock, transport):
    """What is left of its window is somebody else's by then."""
    engine = make_engine(transport=transport, mail={"window": 8})
    other = make_engine(transport=MemoryTransport())
    for number in range(3):
        Desk(engine, clock).open(contact={"name": "M. Maire", "email": f"mairie{number}@exemple.fr"})

    def held_up(_recipient):
        _delivered(other, clock, timedelta(hours=1))

    transport.answer = held_up
    tried = [_delivered(engine, clock), len(transport.letters)]
    transport.answer = None
    _delivered(engine, clock, timedelta(minutes=2))

    assert tried == [1, 1]
    assert len({each.parsed["Message-ID"] for each in transport.letters}) == 3
    assert [each.message.doubtful for each in engine.outbox.list(statuses=["sent"])] == [True] * 3


def test_who_comes_back_after_its_lease_records_nothing(make_engine, desk, clock, transport, message):
    """A worker that was stuck for an hour does not overwrite what another has found out since."""
    colleague = MemoryTransport(answer=die)
    other = make_engine(transport=colleague)

    def stuck(_recipient):
        _delivered(other, clock, timedelta(hours=1))
        with pytest.raises(Killed):
            _delivered(other, clock, timedelta(minutes=2))
        return "250 enfin"

    transport.answer = stuck
    case = desk.open()
    _delivered(desk.engine, clock)
    taken_over = message(case)
    colleague.answer = None
    _delivered(other, clock, timedelta(hours=1))
    _delivered(other, clock, timedelta(minutes=2))

    assert (taken_over.status, taken_over.sent_at, taken_over.doubtful) == ("sending", None, True)
    assert (message(case).status, message(case).answer, message(case).doubtful) == ("sent", "accepté", True)


def test_what_has_left_cannot_be_recalled_and_what_was_refused_can(engine, desk, clock, transport):
    """An action is undone only when nobody was told of it."""
    transport.answer = answers(None, PermanentFailure("550"))
    case = desk.open()
    _delivered(engine, clock)
    case = desk.act(case, "start_scoping")
    _delivered(engine, clock)
    told = {each.notice: each.status for each in engine.messages(case.id, actor=AGENT)}
    desk.act(case, "undo", actor=DEPUTY)

    assert told["scoping_started"] == "refused"
    assert [each.status for each in engine.messages(case.id, actor=AGENT) if each.notice == "scoping_started"] == [
        "cancelled"
    ]


def test_the_operator_sees_retries_and_cancels(engine, desk, clock, transport):
    """Everything that waits or failed is one list; what was sent is over."""
    case = desk.open()
    (applicants,) = [each for each in engine.outbox.list() if each.message.notice == "acknowledgement"]
    cancelled = engine.outbox.cancel(applicants.message.id)
    again = engine.outbox.retry(applicants.message.id)
    engine.deliver_due()

    assert applicants.reference == case.reference
    assert (cancelled.message.status, cancelled.message.answer) == ("cancelled", "Annulé à la main.")
    assert again.message.status == "queued"
    assert engine.outbox.get(applicants.message.id).message.status == "sent"
    with pytest.raises(AppuiError, match="Ce message est envoyé") as too_late:
        engine.outbox.cancel(applicants.message.id)
    assert too_late.value.code == "message_sent"
    with pytest.raises(AppuiError, match="Aucun message « absent »"):
        engine.outbox.get("absent")
    with pytest.raises(InvalidData, match="n'est pas un état de message"):
        engine.outbox.list(statuses=["partout"])


def test_ticks_send_by_themselves(make_engine, transport, clock):
    """A started engine needs nobody to press a button; a stopped one sends nothing."""
    taken = threading.Event()
    transport.answer = lambda _: taken.set()
    engine = make_engine(transport=transport)
    Desk(engine, clock).open()
    clock.advance(RECALL)
    with engine:
        assert taken.wait(20)


def test_a_test_letter_says_what_the_server_answered(engine, transport):
    """`appui mail test` shows at once whether the settings are right."""
    answered = engine.outbox.test("moi@exemple.fr")
    transport.answer = answers(PermanentFailure("550 inconnu"))

    assert answered == "accepté"
    with pytest.raises(AppuiError, match=r"Le courriel d'essai n'est pas parti\. 550 inconnu"):
        engine.outbox.test("moi@exemple.fr")
    with pytest.raises(InvalidData, match="n'est pas une adresse"):
        engine.outbox.test("moi@exemple.fr, toi@exemple.fr")


def test_strangers_learn_nothing_of_messages(engine, desk, clock):
    """Messages are read with the rights on their case."""
    case = desk.open()
    _delivered(engine, clock)

    with pytest.raises(AppuiError):
        engine.messages(case.id, actor=Actor("x", "X"))
