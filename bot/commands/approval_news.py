"""What those who may approve are asked, drawn when it is sent, and what became of it; and the answer to its author."""

from dataclasses import replace
from datetime import datetime

from bot.cards.announce_fields import Offer
from bot.cards.announce_preview import approval_reply, decided_reply
from bot.commands.announce_deeds import DIGEST
from bot.commands.announce_drafts import preview_in, row_of
from bot.commands.desk import Desk
from bot.commands.houses import House
from bot.domain.announcement import Announcement
from bot.domain.approving import Decision, decided
from bot.domain.conversation import Face, Phrase, Reply, Role
from bot.domain.settling import Needless
from bot.store import announcements
from bot.store.approvals import asked_in
from bot.store.deliveries import Work

UNKNOWN = Needless(reason="what it tells of is not known any more")
DECIDED = Needless(reason="it was decided before it could be asked")
CHANGED = Needless(reason="it was changed again meanwhile")


async def approval_news(desk: Desk, work: Work, now: datetime) -> Reply | Needless:
    """What to say.  Raises StoreError."""
    known = asked_in(work.notification.about)
    if known is None:
        return UNKNOWN
    asked, is_to_author = known
    house = desk.house_of(work.notification.tenant)
    async with desk.store.reading() as db:
        plan = await announcements.get(db, asked.announcement, work.notification.tenant)
        seen = await preview_in(house, db, plan, now) if plan is not None else None
    if plan is None or seen is None:
        return UNKNOWN
    seen = replace(seen, needs_approval=False)  # that is what is asked here
    decision, offer = decided(asked, plan), _offer(desk, work, row_of(plan, asked.digest[:DIGEST]), now)
    if is_to_author:
        return _to_author(plan, decision, house, offer)
    if decision is None:
        return approval_reply(seen, offer, plan.author_role)
    if work.delivery.first_sent_at is None:
        return DECIDED
    return decided_reply(seen, offer, _told(f"announce.decided.{decision}", plan, house))


def _to_author(plan: Announcement, decision: Decision | None, house: House, offer: Offer) -> Reply | Needless:
    if decision not in (Decision.APPROVED, Decision.DECLINED):
        return CHANGED
    return Reply(
        face=Face.NOTICE,
        notes=(_told(f"announce.{decision}_to_author", plan, house),),
        drill=plan.drill,
        at=offer.now,
        language=offer.language,
        zone=offer.zone,
    )


def _told(key: str, plan: Announcement, house: House) -> Phrase:
    """Who said yes is named by role only; at a terminal it was whoever runs this bot."""
    approval = plan.approval
    roles = house.roles.get(approval.by, frozenset()) if approval is not None else frozenset()
    role = next((each for each in (Role.APPROVER, Role.ADMIN) if each in roles), Role.APPROVER)
    at = approval.at if approval is not None else plan.changed_at
    return Phrase(key=key, values={"id": plan.id, "role": Phrase(key=f"announcement.by.{role}"), "at": at})


def _offer(desk: Desk, work: Work, row: str, now: datetime) -> Offer:
    house = desk.house_of(work.notification.tenant)
    language, _ = desk.texts.choose(work.language, house.language)
    return Offer(
        row=row,
        services=tuple(desk.catalogue.services),
        languages=house.languages,
        now=now,
        language=language,
        zone=work.zone or house.zone,
    )
