"""What is done: the application, its persistence and its doors. Everything a host needs is imported from here."""

from appui.notifications.message import Message
from appui.notifications.transport import PermanentFailure, TemporaryFailure
from appui.states.actor import Actor, Grant
from appui.states.applicant import Applicant, ApplicantByHand
from appui.states.case import Case, Entry
from appui.states.deadlines import Deadline
from appui.states.errors import (
    ActionRefused,
    AppuiError,
    CaseNotFound,
    InvalidConfig,
    InvalidData,
    InvalidProcedure,
    NotAllowed,
    Refusal,
    StaleCase,
    UnknownProcedure,
)
from appui.states.functions import Situation, Verdict, needs, refused
from appui.workflow.commands import Act, ImportCase, OpenCase
from appui.workflow.config import Settings
from appui.workflow.engine import Engine
from appui.workflow.health import Health
from appui.workflow.people import Absence, Person
from appui.workflow.providers import Provider
from appui.workflow.views import Acted, ActionView, Document, Event, Foreseen, Outcome, Page

__all__ = [
    "Absence",
    "Act",
    "Acted",
    "ActionRefused",
    "ActionView",
    "Actor",
    "Applicant",
    "ApplicantByHand",
    "AppuiError",
    "Case",
    "CaseNotFound",
    "Deadline",
    "Document",
    "Engine",
    "Entry",
    "Event",
    "Foreseen",
    "Grant",
    "Health",
    "ImportCase",
    "InvalidConfig",
    "InvalidData",
    "InvalidProcedure",
    "Message",
    "NotAllowed",
    "OpenCase",
    "Outcome",
    "Page",
    "PermanentFailure",
    "Person",
    "Provider",
    "Refusal",
    "Settings",
    "Situation",
    "StaleCase",
    "TemporaryFailure",
    "UnknownProcedure",
    "Verdict",
    "needs",
    "refused",
]
