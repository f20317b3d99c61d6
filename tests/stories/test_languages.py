"""Everybody reads their own language and their own clock; channels have theirs; and a newcomer is told what we are."""

import pytest

from bot.domain.observation import TenantId
from bot.store import conversations
from tests.replicas.identity import TENANT
from tests.replicas.web_targets import BROKEN, DOORS
from tests.teams.activities import ANN, BEN, BOT, CHANNEL, PERSONAL, channel
from tests.world import open_world

ADMIN = ANN["aadObjectId"]


def client_info(locale="en-GB", zone="Europe/Berlin"):
    return [{"type": "clientInfo", "locale": locale, "country": "DE", "platform": "Windows", "timezone": zone}]


def speaking(locale, zone="Europe/Berlin"):
    """A person's program is set to this language and zone."""
    return {"locale": locale, "localTimezone": zone, "entities": client_info(locale, zone)}


def fine(world, language):
    return world.words("verdict.fine", language, service="Microsoft Teams")


async def conversation(world, tenant, place):
    async with world.parts.store.reading() as db:
        return await conversations.get(db, TenantId(tenant), place)


class TestPersonalChat:
    """One person reads."""

    @pytest.mark.parametrize(("locale", "language"), [("de-DE", "de"), ("de", "de"), ("en-US", "en"), ("DE-at", "de")])
    async def test_the_askers_own_language_is_spoken(self, world, locale, language):
        card = await world.says("is Teams down?", **speaking(locale))
        assert fine(world, language) in card.text
        assert world.words("note.language_unsupported", "en") not in card.text
        again = await world.presses("again", on=card, **speaking(locale))
        assert fine(world, language) in again.text

    async def test_a_language_that_we_lack_gets_the_organisations_and_one_line_saying_so(self, tmp_path):
        async with open_world(tmp_path, LANGUAGE="de") as world:
            card = await world.says("is Teams down?", **speaking("fi-FI"))
            line = world.words("note.language_unsupported", "de")
            assert fine(world, "de") in card.text
            assert card.text.count(line) == 1
            mine = await world.says("is Teams down?", **speaking("de-DE"))
            assert fine(world, "de") in mine.text
            assert line not in mine.text, "who asks the same in the same second is told nothing of it"

    async def test_a_change_of_the_askers_language_is_followed(self, world):
        await world.happens("installationUpdate", action="add", **speaking("en-GB"))
        assert fine(world, "en") in (await world.says("is Teams down?", **speaking("en-GB"))).text
        assert fine(world, "de") in (await world.says("is Teams down?", **speaking("de-DE"))).text

    async def test_a_chosen_language_stays(self, world):
        said = await world.says("language de", **speaking("en-GB"))
        assert world.words("note.language_set", "de") in said.text
        assert fine(world, "de") in (await world.says("is Teams down?", **speaking("en-GB"))).text
        await world.stop()
        await world.start()
        assert fine(world, "de") in (await world.says("is Teams down?", **speaking("en-GB"))).text

    async def test_without_a_locale_the_words_tell_the_language(self, world):
        card = await world.says("ist Teams gestört? bei mir lädt nichts", locale=None, entities=[])
        assert world.words("button.again", "de") in card.buttons


class TestSharedPlaces:
    """Many read: the place decides, not who asks."""

    @pytest.mark.parametrize("place", ["channel", "group"])
    @pytest.mark.parametrize("words", ["language de", "sprache deutsch"])
    async def test_a_place_speaks_the_language_that_was_chosen_there(self, world, place, words):
        assert fine(world, "en") in (await world.says("is Teams down?", to=place, locale="de-DE")).text
        await world.says(words, to=place)
        card = await world.says("is Teams down?", to=place, by=BEN, locale="en-GB")
        assert fine(world, "de") in card.text
        await world.presses("me_too", on=card, by=BEN)
        await world.advance(seconds=35)
        assert fine(world, "de") in world.edits(place)[-1].text

    async def test_other_places_keep_theirs(self, tmp_path):
        async with open_world(tmp_path, fabrikam="") as world:
            await world.says("language de", to="channel")
            assert fine(world, "en") in (await world.says("is Teams down?", to="group")).text
            assert fine(world, "en") in (await world.says("is Teams down?", to="fabrikam")).text

    async def test_without_a_choice_the_organisations_is_spoken(self, tmp_path):
        async with open_world(tmp_path, LANGUAGE="de") as world:
            card = await world.says("is Teams down?", to="channel", locale="en-GB")
            assert fine(world, "de") in card.text

    async def test_an_unknown_language_is_answered_with_the_known_ones(self, world):
        card = await world.says("language klingon", to="channel")
        assert "en, de" in card.text
        assert fine(world, "en") in (await world.says("is Teams down?", to="channel")).text


class TestMoments:
    """Times are the reader's."""

    @pytest.mark.parametrize(
        ("zone", "clock"), [("Europe/Berlin", "09:10"), ("UTC", "08:10"), ("America/New_York", "03:10")]
    )
    async def test_moments_are_told_in_the_readers_zone(self, world, zone, clock):
        await world.advance(minutes=10)
        card = await world.says("is Teams down?", **speaking("en-GB", zone))
        assert f"State of {clock}" in card.text
        assert zone in card.text.replace("\\_", "_")  # escaped, since cards read Markdown
        again = await world.presses("again", on=card, **speaking("en-GB", zone))
        assert f"Checked {clock}" in again.text

    async def test_without_a_zone_the_organisations_counts(self, tmp_path):
        async with open_world(tmp_path, ZONE="Asia/Tokyo") as world:
            card = await world.says("is Teams down?", localTimezone=None, entities=[])
            assert "State of 17:00" in card.text
            assert "Asia/Tokyo" in card.text

    async def test_another_day_is_named(self, world):
        world.status.down(next_update=world.clock.now().replace(day=3, hour=7))
        world.web.says(BROKEN, *DOORS)
        await world.advance(minutes=10)
        card = await world.says("is Teams down?")
        assert "Tue 3 Mar, 08:00" in card.text
        assert "3. März, 08:00" in (await world.says("is Teams down?", **speaking("de-DE"))).text


class TestNewcomers:
    """What is said when the bot comes, and what is kept of where it is."""

    @pytest.mark.parametrize(("locale", "language"), [("en-GB", "en"), ("de-DE", "de"), ("fi-FI", "en")])
    async def test_the_welcome_makes_four_promises(self, tmp_path, locale, language):
        contact, address = "it@example.org", "https://status.example.org/"
        async with open_world(tmp_path, IT_CONTACT=contact, PUBLIC_URL=address) as world:
            (card,) = await world.happens("installationUpdate", action="add", **speaking(locale))
            for key in ("welcome.ask", "welcome.reads"):
                assert world.words(key, language) in card.text
            assert world.words("welcome.page", language, url=address.rstrip("/")) in card.text.replace("/\n", "\n")
            assert world.words("welcome.keeps", language, contact=contact) in card.text
            assert card.summary

    async def test_in_a_channel_it_speaks_the_organisations_language(self, tmp_path):
        async with open_world(tmp_path, LANGUAGE="de") as world:
            (card,) = await world.happens("installationUpdate", to="channel", action="add", **speaking("en-GB"))
            assert world.words("welcome.ask", "de") in card.text
            assert world.words("welcome.no_page", "de") in card.text

    async def test_coming_going_and_coming_back_are_kept_without_names(self, world):
        await world.happens("installationUpdate", to="channel", action="add")
        kept = await conversation(world, TENANT, CHANNEL)
        assert (kept.destination.scope, kept.gone_at, kept.language) == ("channel", None, None)
        await world.says("sprache deutsch", to="channel")
        renamed = channel(root="")
        renamed |= {"channelData": renamed["channelData"] | {"eventType": "channelRenamed", "channel": {"id": CHANNEL}}}
        assert await world.happens("conversationUpdate", to="channel", **renamed) == []
        assert (await conversation(world, TENANT, CHANNEL)).gone_at is None
        await world.happens("installationUpdate", to="channel", action="remove")
        gone = await conversation(world, TENANT, CHANNEL)
        assert (gone.gone_at, gone.reason) == (world.clock.now(), "removed")
        await world.advance(minutes=1)
        await world.happens("installationUpdate", to="channel", action="add")
        back = await conversation(world, TENANT, CHANNEL)
        assert back.gone_at is None
        assert fine(world, "de") in (await world.says("is Teams down?", to="channel")).text, "its choice stays"
        assert "Ann" not in repr(back)

    async def test_a_word_from_where_we_thought_we_were_gone_brings_it_back(self, world):
        await world.says("is Teams down?")
        await world.happens("installationUpdate", action="remove")
        await world.advance(minutes=1)
        assert (await conversation(world, TENANT, PERSONAL)).gone_at is not None
        await world.says("is Teams down?")
        await world.advance(minutes=1)
        assert (await conversation(world, TENANT, PERSONAL)).gone_at is None

    async def test_the_bot_that_joins_is_welcomed_once(self, world):
        said = await world.happens("installationUpdate", to="group", action="add")
        said += await world.happens("conversationUpdate", to="group", membersAdded=[{"id": BOT}])
        assert len(said) == 1

    async def test_a_card_in_a_place_that_we_left_is_edited_no_more(self, world):
        card = await world.says("teams wont load", to="channel")
        await world.presses("me_too", on=card)
        await world.happens("installationUpdate", to="channel", action="remove")
        await world.advance(minutes=2)
        assert world.edits("channel") == []


async def test_whoami_tells_the_id_that_roles_are_given_to_and_the_roles(tmp_path):
    async with open_world(tmp_path, ADMINS=ADMIN, HELPDESK=ADMIN) as world:
        mine = await world.says("whoami")
        assert ADMIN in mine.text
        assert "admin, helpdesk" in mine.text
        bens = await world.says("whoami", by=BEN)
        assert BEN["aadObjectId"] in bens.text
        assert "admin" not in bens.text


@pytest.mark.parametrize(("word", "locale", "language"), [("help", "en-GB", "en"), ("hilfe", "de-DE", "de")])
async def test_help_says_how_to_ask_and_what_is_kept(world, word, locale, language):
    card = await world.says(word, **speaking(locale))
    for key in ("help.status", "help.code", "help.channel", "help.privacy"):
        assert world.words(key, language) in card.text
