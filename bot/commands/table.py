"""Everything that can be asked by words, and which role it needs."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.commands import announce_text, announcements, incidents, muting, subscribing, subscription_list, talk, waiting
from bot.commands.desk import Turn
from bot.commands.known_here import asked
from bot.commands.status import status
from bot.domain.conversation import Reply, Role

HELPDESK = frozenset({Role.HELPDESK})  # and administrators, who may do everything


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """What to run for an intent, and who may."""

    run: Callable[[Turn], Awaitable[Reply]]
    roles: frozenset[Role] = frozenset()  # any of these; empty: everybody


COMMANDS: dict[str, Command] = {
    "status": Command(run=asked),
    "still_broken": Command(run=status),
    "its_fixed": Command(run=talk.its_fixed),
    "thanks": Command(run=talk.thanks),
    "help": Command(run=talk.show_help),
    "whoami": Command(run=talk.whoami),
    "language": Command(run=talk.language),
    "site": Command(run=talk.site),
    "subscribe": Command(run=subscribing.subscribe),
    "unsubscribe": Command(run=subscribing.unsubscribe),
    "subscriptions": Command(run=subscription_list.show),
    "mute": Command(run=muting.mute),
    "unmute": Command(run=muting.unmute),
    "tell_back": Command(run=waiting.tell_back),
    "incidents": Command(run=incidents.show_incidents),
    "deliveries": Command(run=incidents.show_deliveries, roles=HELPDESK),
    "announce": Command(run=announcements.announce, roles=announcements.ANNOUNCERS),
    "announcement_text": Command(run=announce_text.read_text),  # what is not for everybody it says to those who may
    "announcements": Command(run=announcements.show_list, roles=announce_text.LISTERS),
    "not_yet": Command(run=talk.not_yet),
    "other": Command(run=talk.other),
}
