"""What a delivery tells of an announcement, made when it is sent: card, short word, or the question to its author."""

from collections.abc import Hashable
from dataclasses import replace
from datetime import datetime

from bot.cards.announcing import announcement_reply, over_question, step_reply
from bot.commands.announce_drafts import row_of
from bot.commands.desk import Desk
from bot.domain.announced import AnnouncementView
from bot.domain.announcement import Announcement, Occurrence, Phase, Reader
from bot.domain.conversation import Reply, Scope
from bot.domain.delivery import Part, Priority
from bot.domain.occurring import Step
from bot.domain.planned_work import Window
from bot.domain.settling import Needless
from bot.domain.telling import Why
from bot.store import announcements, occurrences
from bot.store.asking import QUESTION
from bot.store.deliveries import Work
from bot.store.running_windows import folded_into

UNKNOWN = Needless(reason="what it tells of is not known any more")
DELETED = Needless(reason="its author wants it deleted")
OVER = Needless(reason="it was answered meanwhile")


async def announced_reply(desk: Desk, work: Work, now: datetime) -> Reply | Needless:
    """What to say.  Raises StoreError."""
    which, _, ask = work.notification.about.partition(".")
    async with desk.store.reading() as db:
        occurrence = await occurrences.get(db, which, work.notification.tenant)
        plan = await announcements.get(db, occurrence.announcement) if occurrence is not None else None
        if occurrence is None or plan is None:
            return UNKNOWN
        window = Window(announcement=plan, occurrence=occurrence)
        folded = await folded_into(db, window, now) if desk.house_of(plan.tenant).folds_alerts else ()
    view = replace(view_of(desk, plan, occurrence, work, now), folded=folded)
    if ask == QUESTION:
        return _question(view, work)
    row, is_step = work.notification.id, work.delivery.part is Part.STEP
    deletes = plan.delete_on_recall and occurrence.phase is Phase.WITHDRAWN
    if deletes and (is_step or work.delivery.activity is None):
        return DELETED
    reply = step_reply(view, Step(work.delivery.step or Step.EDITED)) if is_step else announcement_reply(view)
    return replace(reply, row=row, like=_like(view, work), gone=deletes)


def view_of(desk: Desk, plan: Announcement, occurrence: Occurrence, work: Work, now: datetime) -> AnnouncementView:
    """The announcement as this destination is told of it."""
    house = desk.house_of(plan.tenant)
    language, _ = desk.texts.choose(work.language, house.language)
    is_personal = work.destination is not None and work.destination.scope is Scope.PERSONAL
    return AnnouncementView(
        announcement=plan,
        occurrence=occurrence,
        why=_why(plan, work, is_personal=is_personal),
        as_of=now,
        shared=not is_personal and not work.delivery.way,
        contact=house.it_contact,
        page_url=house.page_url,
        language=language,
        zone=work.zone or house.zone,
    )


def _why(plan: Announcement, work: Work, *, is_personal: bool) -> Why:
    if work.delivery.way or plan.audience.reader is not Reader.ALL:
        return Why.ORGANISATION
    if work.delivery.priority is Priority.HELPDESK:
        return Why.HELPDESK
    return Why.PERSONAL if is_personal else Why.CHANNEL


def _question(view: AnnouncementView, work: Work) -> Reply | Needless:
    """To its author: extended or over?  Once answered, its card says what became of it."""
    occurrence, plan = view.occurrence, view.announcement
    mark = f"{plan.revision}_{occurrence.revision}"
    if occurrence.phase.is_open and not work.notification.final:
        return over_question(view, row_of(plan, mark))
    if work.delivery.first_sent_at is None:
        return OVER
    return announcement_reply(view)


def _like(view: AnnouncementView, work: Work) -> int:
    """Equal for deliveries that are drawn alike but for their row."""
    key: Hashable = (
        work.notification.id,
        work.notification.revision,
        view.announcement.revision,
        work.delivery.part,
        work.delivery.step,
        view.language,
        view.zone,
        view.why,
        view.shared,
        tuple((each.id, each.revision) for each in view.folded),
    )
    return hash(key)
