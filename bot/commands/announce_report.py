"""`announce report ID`: who got one time of an announcement, the newest or whichever is named."""

from collections.abc import Sequence

from bot.cards.delivered import deliveries_reply
from bot.commands.announce_drafts import row_of
from bot.commands.desk import Turn
from bot.commands.notices import SHARED, notice
from bot.domain.announcement import Announcement
from bot.domain.conversation import Button, Phrase, Reply
from bot.domain.delivery import Delivery, Part, Progress, Subject
from bot.domain.reporting import Telling, chosen, tellings
from bot.store import deliveries, notifications, occurrences
from bot.store.audit import Db

MOST_NAMED = 5  # times that are offered where the one that was meant is not there


async def report(turn: Turn, plan: Announcement, which: str = "") -> Reply:
    """Who got which revision, and who did not and why.  Ids of conversations are not for everybody's eyes.

    `which`: nothing for the newest time, 2 for the one before, or a day.
    """
    turn.ledger.written = True  # nothing is changed by looking
    if turn.message.destination.scope in SHARED:
        return notice(turn, "announce.alone")
    async with turn.desk.store.reading() as db:
        several = tellings(await occurrences.of_announcement(db, plan.id))
        place = chosen(several, which)
        told = await _told(db, plan, several[place]) if place is not None else []
    if not several:
        return notice(turn, "announce.not_told", {"id": plan.id})
    if place is None:
        known = [_moment(each) for each in several[:MOST_NAMED]]
        return notice(turn, "announce.no_such_time", {"id": plan.id, "typed": which[:40], "times": known})
    values = {"id": plan.id, "at": _moment(several[place]), "n": place + 1, "all": len(several)}
    return deliveries_reply(
        told,
        None,
        turn.now,
        row=row_of(plan),
        title=Phrase(key="announce.report_title", values=values),
        buttons=_others(several, place),
        language=turn.language,
        zone=turn.zone,
    )


async def _told(db: Db, plan: Announcement, telling: Telling) -> list[Delivery]:
    """Everything that was owed of it, in every zone."""
    found: list[Delivery] = []
    for each in telling.occurrences:
        about = await notifications.about(db, plan.tenant, Subject.ANNOUNCEMENT, each.id)
        if about is not None:
            found += [line.delivery for line in await deliveries.all_of(db, about.id)]
    return [each for each in found if each.part is Part.CARD or each.way or _is_troubled(each)]


def _is_troubled(word: Delivery) -> bool:
    """Whether a short word under a card is worth a line: it did not come there."""
    return word.first_sent_at is None and word.progress not in (Progress.OPEN, Progress.SUPERSEDED)


def _others(several: Sequence[Telling], place: int) -> tuple[Button, ...]:
    """The time before this one and the one after."""
    near = (("report_earlier", place + 1), ("report_later", place - 1))
    return tuple(
        Button(
            verb=f"announce.report.{several[each].mark}",
            label=Phrase(key=f"announce.{key}", values={"at": _moment(several[each])}),
        )
        for key, each in near
        if 0 <= each < len(several)
    )


def _moment(telling: Telling) -> str:
    return f"{telling.local:%Y-%m-%d %H:%M}"
