"""An announcement at each moment of its life, as its readers are told of it."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from bot.cards.announce_fields import Offer
from bot.cards.announce_forms import Page, choose_tongue, extend_form, form
from bot.cards.announce_lines import Preview
from bot.cards.announce_preview import (
    Listed,
    approval_reply,
    conflict_reply,
    decided_reply,
    list_reply,
    look_reply,
    one_reply,
    preview_reply,
    save_question,
)
from bot.cards.announce_text import text_reply
from bot.cards.announcing import announcement_reply, over_question, step_reply
from bot.domain.announced import AnnouncementView
from bot.domain.announcement import Announcement, AnnouncementId, Kind, Occurrence, OccurrenceId, Phase, Words
from bot.domain.conversation import Phrase
from bot.domain.incident import Incident, IncidentId, Level, Stage
from bot.domain.observation import Feature, ServiceId
from bot.domain.occurring import Step
from bot.domain.proofreading import Notice, Warned
from bot.domain.schedule import Rule
from bot.domain.telling import Why

NOW = datetime(2026, 3, 20, 9, 0, tzinfo=UTC)
STARTS = datetime(2026, 3, 28, 21, 0, tzinfo=UTC)  # 22:00 in Berlin, the night in which its clock is put forward
ENDS = STARTS + timedelta(hours=5)  # 04:00 in Berlin
BERLIN = "Europe/Berlin"
TEN_IN_THE_EVENING = datetime.combine(date(2026, 3, 28), time(22))  # on that clock

WORK = Announcement(
    id=AnnouncementId("7K2M9QXZ"),
    tenant=None,
    kind=Kind.MAINTENANCE,
    words={
        "en": Words(
            title="Teams telephony moves",
            hit="You can't make or take calls to phone numbers.\nCalls that are under way end at 22:00.",
            works="Chat and meetings without phone numbers.",
            todo="Use your mobile phone for calls.",
        ),
        "de": Words(
            title="Die Teams-Telefonie zieht um",
            hit="Anrufe zu und von Telefonnummern sind nicht möglich.\nLaufende Gespräche enden um 22:00.",
            works="Chat und Besprechungen ohne Telefonnummern.",
            todo="Nutzen Sie für Anrufe das Mobiltelefon.",
        ),
    },
    language="en",
    rule=Rule(at=TEN_IN_THE_EVENING),
    zone=BERLIN,
    lasts=ENDS - STARTS,
    services=frozenset({ServiceId("teams")}),
    features=frozenset({Feature.CALLING}),
    places=frozenset({"Köln"}),
    level=Level.DOWN,
    owner="Telephony team",
    link="https://it.contoso.example/telephony",
    author_role="announcer",
    made_at=NOW,
    changed_at=NOW,
)
NIGHT = Occurrence(
    id=OccurrenceId("o1"),
    announcement=WORK.id,
    zone=BERLIN,
    starts_at=STARTS,
    ends_at=ENDS,
    changed_at=NOW,
    told_at=NOW,
)
EXTENDED = ENDS + timedelta(hours=2)
OCCURRENCES = {
    Phase.SCHEDULED: NIGHT,
    Phase.REMINDED: replace(NIGHT, phase=Phase.REMINDED, changed_at=STARTS - timedelta(hours=1)),
    Phase.IN_PROGRESS: replace(NIGHT, phase=Phase.IN_PROGRESS, changed_at=STARTS),
    Phase.EXTENDED: replace(NIGHT, phase=Phase.EXTENDED, changed_at=ENDS, ends_at=EXTENDED, planned_ends_at=ENDS),
    Phase.OVERRUN: replace(NIGHT, phase=Phase.OVERRUN, changed_at=ENDS),
    Phase.COMPLETED: replace(NIGHT, phase=Phase.COMPLETED, changed_at=ENDS),
    Phase.ENDED_EARLY: replace(
        NIGHT, phase=Phase.ENDED_EARLY, changed_at=ENDS, ends_at=ENDS - timedelta(hours=1), planned_ends_at=ENDS
    ),
    Phase.CANCELLED: replace(NIGHT, phase=Phase.CANCELLED, changed_at=NOW),
    Phase.WITHDRAWN: replace(NIGHT, phase=Phase.WITHDRAWN, changed_at=NOW),
}
MOMENT = replace(NIGHT, ends_at=None, phase=Phase.COMPLETED)
KINDS = {
    Kind.MAINTENANCE: WORK,
    Kind.OUTAGE: replace(WORK, kind=Kind.OUTAGE),
    Kind.ALL_CLEAR: replace(WORK, kind=Kind.ALL_CLEAR, lasts=None),
    Kind.NOTICE: replace(WORK, kind=Kind.NOTICE, lasts=None),
}
WEEKLY = Rule(
    rrule="FREQ=WEEKLY;INTERVAL=2;BYDAY=SA,SU",
    start=TEN_IN_THE_EVENING,
    until=datetime.combine(date(2026, 12, 31), time(23, 59, 59)),
    except_on=frozenset({date(2026, 4, 4)}),
)


def view(phase: Phase = Phase.SCHEDULED, kind: Kind = Kind.MAINTENANCE, **more) -> AnnouncementView:
    plan = KINDS[kind]
    occurrence = OCCURRENCES[phase]
    if not plan.has_window:
        occurrence = replace(occurrence, ends_at=None, planned_ends_at=None)
    known = {
        "announcement": plan,
        "occurrence": occurrence,
        "why": Why.CHANNEL,
        "as_of": max(occurrence.changed_at, NOW),
        "row": "o1",
        "contact": "it@contoso.example",
        "page_url": "https://status.contoso.example/",
        "zone": BERLIN,
    }
    return AnnouncementView(**(known | more))


OFFER = Offer(
    row="a-7K2M9QXZ-3",
    services=tuple(map(ServiceId, ("teams", "signin", "exchange", "sharepoint", "m365"))),
    languages=("en", "de"),
    now=NOW,
    zone=BERLIN,
)
RECURRING = replace(WORK, rule=WEEKLY)
SEEN = Preview(
    plan=RECURRING,
    times=tuple(STARTS + timedelta(days=each) for each in (0, 14, 28)),
    readers=120,
    takes=timedelta(seconds=3),
    missing=(("pl", 7),),
    warned=(Warned(notice=Notice.CLOCK_CHANGE, field="lasts", at=STARTS),),
    needs_approval=True,
    edits="7K2M9QXZ",
)
FOLDED = Incident(
    id=IncidentId("3QK9ZT1M"),
    service=ServiceId("teams"),
    stage=Stage.CONFIRMED,
    level=Level.DOWN,
    opened_at=STARTS + timedelta(hours=1),
    changed_at=STARTS + timedelta(hours=1),
    feature=Feature.CALLING,
)
REPLIES = {
    "announce_words": form(Page.WORDS, WORK, OFFER),
    "announce_times": form(Page.TIMES, RECURRING, OFFER),
    "announce_tongue": form(Page.TONGUE, WORK, OFFER, tongue="de"),
    "announce_text": text_reply(
        replace(WORK, words={"en": replace(WORK.words["en"], hit="Calls to phone numbers fail. " * 400)}), 2, OFFER
    ),
    "announce_tongues": choose_tongue(WORK, OFFER),
    "announce_extend": extend_form(WORK, ENDS, BERLIN, OFFER),
    "announce_preview": preview_reply(SEEN, OFFER),
    "announce_look": look_reply(
        AnnouncementView(announcement=WORK, occurrence=NIGHT, why=Why.CHANNEL, as_of=NOW, shared=False), OFFER
    ),
    "announce_save": save_question(SEEN, OFFER),
    "announce_approval": approval_reply(SEEN, OFFER, "announcer"),
    "announce_decided": decided_reply(
        SEEN,
        OFFER,
        Phrase(
            key="announce.decided.approved",
            values={"role": Phrase(key="announcement.by.approver"), "at": NOW, "id": ""},
        ),
    ),
    "announce_list": list_reply([Listed(plan=WORK, next_at=STARTS), Listed(plan=RECURRING)], OFFER),
    "announce_one": one_reply(SEEN, ("announce.edit", "announce.cancel", "announce.list"), OFFER),
    "announce_conflict": conflict_reply(WORK, replace(WORK, revision=4), OFFER),
    **{f"announcement_{phase}": announcement_reply(view(phase)) for phase in OCCURRENCES},
    "announcement_notice": announcement_reply(view(Phase.COMPLETED, Kind.NOTICE)),
    "announcement_foreign": announcement_reply(
        view(announcement=replace(WORK, words={"pl": WORK.words["de"]}, language="pl"))
    ),
    "announcement_folded": announcement_reply(view(Phase.IN_PROGRESS, folded=(FOLDED,) * 5)),
    "announcement_reminder": step_reply(view(Phase.REMINDED), Step.REMINDED),
    "announcement_over_question": over_question(view(Phase.OVERRUN), "a-7K2M9QXZ-3"),
}
