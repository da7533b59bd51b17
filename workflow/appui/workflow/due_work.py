"""Due work: deadlines are claimed when they ask to be looked at, and seen to on the case as it is. Any process may.

A claim is a lease with an attempt number. What is decided and what is written stand in one transaction that begins
by making sure that the claim is still held: whoever was slow writes nothing.
"""

from __future__ import annotations

import logging
import os
import socket
import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from appui.states.actor import Actor
from appui.states.deadlines import deadlines_of
from appui.states.errors import AppuiError
from appui.states.reminders import dues_of, seen_to
from appui.workflow.authorization import BY_THE_SYSTEM
from appui.workflow.clock import Clock
from appui.workflow.db.database import Database
from appui.workflow.db.due_store import Claim, Heartbeat
from appui.workflow.pace import Pace
from appui.workflow.work import Tools, Work

logger = logging.getLogger(__name__)

CLAIMED_AT_ONCE = 100
LEASE = timedelta(minutes=5)
FORGOTTEN = timedelta(days=1)
"""How long a process that ticks no more is remembered."""
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=6)
OF_THE_BASE = frozenset({"busy", "database_unavailable", "disk_full", "no_tables"})
"""Codes of errors that no case is to blame for: its claim runs out by itself."""


class DueWork:
    """Sees to what is due, in the name of the system."""

    def __init__(self, tools: Tools, database: Database, clock: Clock) -> None:
        self._tools = tools
        self._database = database
        self._clock = clock
        self._pace = Pace(tools.settings.reminders.per_minute, clock)
        self._heartbeat: Heartbeat | None = None

    def tick(self) -> None:
        """See to what the pace allows, the longest due first, and keep that this process ticked and how that went.

        A long stop is so made good without a flood.
        """
        failure = None
        try:
            while self._see_to_some():
                pass
        except Exception as error:
            failure = error.text if isinstance(error, AppuiError) else type(error).__name__
            raise
        finally:
            self._beat(failure)

    def _see_to_some(self) -> int:
        """See to as many as the pace allows at once; return how many were claimed."""
        allowed, claimed = self._pace.take(CLAIMED_AT_ONCE), 0
        try:
            claimed = self.see_to(allowed) if allowed else 0
        finally:
            self._pace.give_back(allowed - claimed)
        return claimed

    def see_to(self, limit: int = CLAIMED_AT_ONCE) -> int:
        """See to at most that many deadlines, the longest due first; return how many were claimed.

        A case that fails rests, longer each time, and keeps no other from its turn. AppuiError when the base itself
        cannot answer.
        """
        self._tools.procedures.load()
        now = self._clock()
        with self._database.transaction() as raw:
            claims = self._tools.store.claim_due(raw, now=now, until=now + LEASE, limit=min(limit, CLAIMED_AT_ONCE))
        by_case: dict[str, list[Claim]] = {}
        for claim in claims:
            by_case.setdefault(claim.case_id, []).append(claim)
        for of_one_case in by_case.values():
            self._see_to_case(of_one_case)
        return len(claims)

    def see_to_all(self) -> int:
        """See to all that is due now, and return how many deadlines were claimed."""
        done = 0
        while claimed := self.see_to():
            done += claimed
        return done

    def _beat(self, failure: str | None) -> None:
        now = self._clock()
        # A forked process is another one.
        place = f"{socket.gethostname()}:{os.getpid()}"
        if self._heartbeat is None or self._heartbeat.place != place:
            self._heartbeat = Heartbeat(id=str(uuid.uuid4()), place=place, started_at=now, ticked_at=now)
        with self._database.transaction() as raw:
            heartbeat = replace(self._heartbeat, ticked_at=now, failure=failure)
            self._tools.store.beat(raw, heartbeat, forget_before=now - FORGOTTEN)

    def _see_to_case(self, claims: Sequence[Claim]) -> None:
        try:
            with self._database.transaction() as raw:
                see_to_case(Work(self._tools, raw, Actor.system(), self._clock(), writing=True), claims)
        except Exception as error:
            if isinstance(error, AppuiError) and error.code in OF_THE_BASE:
                raise
            logger.exception("due work failed on case %s", claims[0].case_id)
            with self._database.transaction() as raw:
                self._tools.store.put_off(raw, claims, self._clock() + pause_after(claims))


def see_to_case(work: Work, claims: Sequence[Claim]) -> None:
    """See to the deadlines of one case, those still held alone; write nothing when somebody has taken them over."""
    store, case_id = work.tools.store, claims[0].case_id
    # The case first, in the order in which actions lock: none waits for the other.
    case = store.load_case(work.raw, case_id, lock=True)
    held = store.still_held(work.raw, claims)
    if not held:
        return
    next_looks: dict[str, datetime | None] = {}
    if case is not None:
        procedure = work.procedure(case)
        situation = work.situation(procedure, case, BY_THE_SYSTEM, {})
        dues = dues_of(situation)
        if dues:
            decision = seen_to(situation, dues)
            work.put(procedure, decision, work.reminders(procedure, decision, dues))
            situation = replace(situation, case=decision.case)
        deadlines = deadlines_of(procedure, situation.case, situation.calendar)
        next_looks = {key: each.next_at for key, each in deadlines.items()}
    for key in held:
        store.give_back(work.raw, case_id, key, next_looks.get(key))


def pause_after(claims: Sequence[Claim]) -> timedelta:
    """Return how long claims that failed rest: twice as long each time."""
    attempt = max(claim.attempt for claim in claims)
    return min(FIRST_PAUSE * (1 << min(attempt - 1, 16)), LONGEST_PAUSE)
