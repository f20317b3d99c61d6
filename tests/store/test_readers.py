"""Whom an announcement would reach: by wish, by list, by team and by tag, each tenant's own only."""

from dataclasses import replace

import pytest

from bot.domain.announced_to import is_meant
from bot.domain.announcement import Audience, Reader
from bot.domain.conversation import ConversationEvent, Destination, Life, Scope
from bot.domain.subscription import Subscription, SubscriptionId, Wish
from bot.store import conversations, readers, subscriptions

from .test_announcements import OURS, THEIRS, telephony


async def installed(db, now, place, language="de", zone=None, **more):
    known = {"scope": Scope.CHANNEL, "tenant": OURS} | {name: more[name] for name in more if name != "person"}
    where = Destination(id=place, service_url="https://smba/", bot_id="28:bot", **known)
    event = ConversationEvent(
        life=Life.INSTALLED, destination=where, language=language, zone=zone, person=more.get("person")
    )
    await conversations.record(db, event, now)


async def subscribed(db, now, place, *, helpdesk=False):
    wish = Subscription(
        id=SubscriptionId(""),
        tenant=OURS,
        conversation=place,
        scope=Scope.CHANNEL,
        wish=Wish(),
        made_at=now,
        helpdesk=helpdesk,
    )
    await subscriptions.save(db, wish)


@pytest.fixture
async def db(store, now):
    async with store.transaction() as opened:
        await installed(opened, now, "19:sales", team="red", zone="Europe/Berlin")
        await installed(opened, now, "19:desk", team="blue", language="en-US")
        await installed(opened, now, "19:lab", team="red", language="fr-FR", zone="Asia/Kolkata")
        await installed(opened, now, "19:other", tenant=THEIRS, team="red")
        await installed(opened, now, "a:anna", scope=Scope.PERSONAL, person="anna")
        await subscribed(opened, now, "19:sales")
        await subscribed(opened, now, "19:desk", helpdesk=True)
        yield opened


def meant(now, reader, *names):
    return replace(telephony(now), audience=Audience(reader=reader, names=frozenset(names)))


@pytest.mark.parametrize(
    ("reader", "names", "found"),
    [
        (Reader.ALL, (), ["19:desk", "19:sales"]),
        (Reader.LIST, ("19:lab", "19:other", "19:gone"), ["19:lab"]),
        (Reader.TEAM, ("red",), ["19:lab", "19:sales"]),
        (Reader.TAG, ("site",), ["19:lab", "19:sales"]),
    ],
)
async def test_those_are_asked_whom_the_author_means(db, now, reader, names, found):
    await readers.tag(db, OURS, "site", ["19:lab", "19:sales"])
    await readers.tag(db, OURS, "old", ["19:lab"])
    await readers.untag(db, OURS, "old", ["19:lab"])
    announcement = meant(now, reader, *names)
    page = await readers.page(db, announcement, zone="UTC")
    assert [one.conversation for one in page] == found
    assert all(is_meant(announcement, one) for one in page)
    assert [one.conversation for one in await readers.page(db, announcement, after=found[0], zone="UTC")] == found[1:]
    assert await readers.tags(db, OURS) == {"site": 2}
    assert await readers.tags(db, THEIRS) == {}


async def test_a_preview_tells_how_many_speak_what_and_where(db, now):
    told = await readers.audience(db, meant(now, Reader.TEAM, "red", "blue"), language="de", zone="Europe/Paris")
    assert (told.count, told.languages) == (3, {"de": 1, "en": 1, "fr": 1})
    assert told.zones == {"Europe/Berlin": 1, "Europe/Paris": 1, "Asia/Kolkata": 1}
    assert told.wrong_tongue == ("19:lab",)
    everybody = await readers.zones(db, meant(now, Reader.ALL), zone="Europe/Paris")
    assert everybody == {"Europe/Berlin", "Europe/Paris"}
    assert await readers.zones(db, meant(now, Reader.LIST, "19:gone"), zone="UTC") == {"UTC"}


async def test_an_author_is_found_in_the_chat_that_is_theirs_alone(db, now):
    assert await readers.personal_chat(db, OURS, "anna") == "a:anna"
    assert await readers.personal_chat(db, THEIRS, "anna") is None
    assert await readers.helpdesk(db, OURS) == ("19:desk",)
