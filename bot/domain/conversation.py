"""Who speaks, where, what they wrote or pressed, and what we answer.  Knows no chat platform."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from bot.domain.advice import Advice
from bot.domain.observation import Client, Feature, Observation, ServiceId, TenantId
from bot.domain.verdict import Outcome, Verdict

TEAMS = ServiceId("teams")  # what people mean when they name no service


class Role(StrEnum):
    """What a person may do beyond asking."""

    ADMIN = "admin"
    HELPDESK = "helpdesk"
    ANNOUNCER = "announcer"
    APPROVER = "approver"
    TEAM_OWNER = "team_owner"  # held in one's own team only; told by Graph, given by no setting


class Scope(StrEnum):
    """How many people read a conversation."""

    PERSONAL = "personal"
    GROUP = "group"
    CHANNEL = "channel"
    PAGE = "page"
    TERMINAL = "terminal"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who asks or acts.  Ids only, never a name."""

    id: str  # the platform's id, unique within the tenant
    directory_id: str | None = None  # Entra object id: what roles are given to
    tenant: TenantId | None = None
    roles: frozenset[Role] = frozenset()

    @property
    def lasting_id(self) -> str:
        """What counts and forgets this person: the directory's id, which people know, where there is one."""
        return self.directory_id or self.id


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """A conversation in which we can speak, now or later."""

    id: str  # conversation id, without the thread part
    scope: Scope
    tenant: TenantId | None = None
    thread: str | None = None  # id of the root message, in channels
    service_url: str = ""
    bot_id: str = ""
    team: str | None = None
    channel: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What a person wrote, cleaned of the platform's mark-up."""

    text: str
    person: Person
    destination: Destination
    id: str = ""  # the platform's id: the same id twice is answered once
    language: str | None = None  # BCP 47 as the platform says it; None when it does not
    zone: str | None = None  # IANA name
    country: str | None = None  # two letters, from the client
    client: Client | None = None  # the client that it was written on: that one works
    seen: tuple[Observation, ...] = ()  # what the asker's own machine found out on the way
    from_outside: bool = False  # of the page: brought by a proxy or a name that no setting told of


@dataclass(frozen=True, slots=True, kw_only=True)
class Press:
    """A button pressed on one of our cards.  Only who and where are trusted; the rest comes from data."""

    verb: str
    row: str  # id of the answer whose card was pressed
    version: int
    message: Message  # text is empty; person and destination come from the verified activity
    inputs: Mapping[str, str] = field(default_factory=dict)


class Life(StrEnum):
    """What happened to a conversation."""

    INSTALLED = "installed"
    REMOVED = "removed"
    RENAMED = "renamed"
    DELETED = "deleted"
    SEEN = "seen"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationEvent:
    """A conversation began, ended or changed."""

    life: Life
    destination: Destination
    language: str | None = None
    zone: str | None = None
    person: str | None = None  # whose personal chat it is (`Person.lasting_id`)


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """What a message asks for."""

    name: str  # a word of CONTRACTS: "ask_status", "fix_help", ...
    command: str  # key into commands.COMMANDS
    service: ServiceId = TEAMS
    feature: Feature | None = None
    client: Client | None = None
    region: str | None = None
    since: datetime | None = None  # aware UTC, from words such as "since 9"
    codes: tuple[str, ...] = ()  # canonical: "0xCAA70007", "AADSTS50126"
    confidence: float = 0.0
    addressed: bool = True  # False: the message is not meant for us
    symptom: bool = False  # the writer says that something fails for them, rather than asking in general
    argument: str = ""  # what follows an operator command


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrase:
    """A sentence for people, as a key of content/languages with its values."""

    key: str
    values: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wall:
    """A value: a moment on the clock of one zone, with date and offset, whoever reads it."""

    at: datetime  # aware UTC
    zone: str  # IANA name


@dataclass(frozen=True, slots=True)
class Tongue:
    """A value: a language, to be called as the reader's language calls it."""

    tag: str


class Face(StrEnum):
    """Which card, page section or block of lines a reply becomes."""

    VERDICT = "verdict"
    STEPS = "steps"
    HELP = "help"
    WELCOME = "welcome"
    NOTICE = "notice"
    TICKET = "ticket"
    CHOICE = "choice"
    INCIDENT = "incident"  # one incident through its whole life
    STEP = "step"  # a short word that people must notice
    FORM = "form"
    LINES = "lines"  # a list: incidents, subscriptions
    DELIVERIES = "deliveries"
    ANNOUNCEMENT = "announcement"  # one time of an announcement through its whole life


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """Something that the reader can press; a verb goes to us, a link to a page."""

    verb: str  # "again", "client.windows", ...; its title is the text "button.<verb>" unless there is a label
    link: str | None = None
    label: Phrase | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """Sentences for one place in the reading order, beside what a face says by itself."""

    part: str  # a member of `cards.Part`
    lines: tuple[Phrase, ...]
    heading: Phrase | None = None
    lang: str | None = None  # the lines are in this language rather than in the reader's


class Entry(StrEnum):
    """How a field of a form is filled in."""

    TEXT = "text"
    CHOICE = "choice"  # one of several
    CHOICES = "choices"  # any of several; the platform joins them by commas
    TOGGLE = "toggle"  # "true" or "false"
    DATE = "date"  # 2026-03-16
    TIME = "time"  # 09:30


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One of several values that a field may take."""

    value: str
    label: Phrase


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One question of a form."""

    id: str  # key of the answer in `Press.inputs`
    entry: Entry
    label: Phrase
    options: tuple[Option, ...] = ()
    value: str = ""  # what stands there already; several are joined by commas
    required: bool = False
    most: int = 200  # characters of a text
    lines: bool = False  # a text of several lines


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """Questions, and the verb under which the answers come back."""

    fields: tuple[Field, ...]
    verb: str  # its button is labelled by the text "button.<verb>"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What we answer, in keys and values; each entrance renders it in the reader's language and zone."""

    face: Face
    row: str | None = None  # id of the stored answer: what its buttons refer to
    verdict: Verdict | None = None
    advice: Advice | None = None
    feature: Feature | None = None  # what was asked about
    client: Client | None = None
    codes: tuple[str, ...] = ()
    changed: Phrase | None = None  # first line after a press: what is different now
    notes: tuple[Phrase, ...] = ()  # further lines, in reading order
    question: Phrase | None = None  # the one test or choice that would help most
    choices: tuple[Button, ...] = ()  # answers to the question
    buttons: tuple[Button, ...] = ()
    me_too: int = 0  # people of this tenant who have it too, last 15 minutes
    personal: bool = True  # False: a card that everybody in the conversation reads
    page_url: str | None = None  # the address to look at when the chat is down
    drill: bool = False
    at: datetime | None = None  # aware UTC: state of
    language: str = "en"  # to be rendered in
    zone: str = "UTC"  # IANA name
    title: Phrase | None = None  # what stands at the top of a face that has no words of its own
    said: tuple[Said, ...] = ()
    seen: tuple[Observation, ...] = ()  # evidence, where there is no verdict
    service: ServiceId | None = None  # where there is no verdict
    form: Form | None = None
    tone: Outcome | None = None  # colour behind the title, where there is no verdict
    gone: bool = False  # what was said here is taken back: where it stands already it is deleted
    beside: bool = False  # said beside the card that was pressed, which stays
    clocks: bool = False  # many read it in many zones: the client writes each moment in its reader's own
    local: bool = False  # with `clocks`: its plain text is in `zone` rather than in UTC
    like: int | None = None  # replies with the same number differ in their row only: one drawing serves for all


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What we remember of one answer, so that the buttons on its card can be obeyed.  Holds no message text."""

    id: str
    tenant: TenantId | None
    conversation: str  # Destination.id
    at: datetime
    shared: bool  # its card is read by everybody in the conversation
    intent: str
    service: ServiceId
    feature: Feature | None = None
    client: Client | None = None
    codes: tuple[str, ...] = ()
    symptom: bool = False
    since: datetime | None = None
    language: str = "en"
    zone: str = "UTC"
    outcome: str = "unknown"  # what the card said
    activity: str | None = None  # the platform's id of the card, once it was sent
    thread: str | None = None
    drill: bool = False
