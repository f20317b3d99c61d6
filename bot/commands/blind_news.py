"""What the help desk reads of a source that is blind, and of its return."""

from datetime import datetime

from bot.cards.words import blind_reply
from bot.commands.desk import Desk
from bot.domain.blindness import source_of
from bot.domain.conversation import Reply
from bot.store.deliveries import Work


async def blind_news(desk: Desk, work: Work, now: datetime) -> Reply:
    """The card, as it is now, or the short word that it is back."""
    house = desk.house_of(work.notification.tenant)
    source, since = source_of(work.notification.about)
    return blind_reply(
        source,
        since,
        now,
        back=work.notification.final,
        language=desk.texts.choose(work.language, house.language)[0],
        zone=work.zone or house.zone,
    )
