"""Somebody writes an announcement in the chat: the form, filled and pressed as a client does it."""

from tests.seen import card_of, drawn
from tests.stories.test_keeping import rows
from tests.teams.activities import ANN, BEN

BERLIN, KOLKATA = "19:berlin@thread.tacv2", "19:kolkata@thread.tacv2"
NIGHT = {"from_date": "2026-03-07", "from_time": "22:00", "to_date": "2026-03-08", "to_time": "02:00"}
WORDS = {
    "title": "Telephony moves",
    "hit": "No calls to phone numbers.",
    "works": "Chat and meetings.",
    "todo": "Use your mobile phone.",
    "owner": "Telephony team",
    "link": "https://it.contoso.example/telephony",
}
GERMAN = {
    "tongue": "de",
    "title": "Telefonie zieht um",
    "hit": "Keine Anrufe.",
    "works": "Chat.",
    "todo": "Mobiltelefon.",
}
ROLES = {"ANNOUNCERS": ANN["aadObjectId"], "APPROVERS": BEN["aadObjectId"]}


class Author:
    """One person at the form."""

    def __init__(self, world, by=ANN, to="personal"):
        self.world, self.by, self.to = world, by, to
        self.card = None

    async def writes(self, text="announce", **parts):
        """The form, or whatever is answered."""
        posted = len(self.world.teams.sent())
        assert await self.world.writes(text, by=self.by, to=self.to, **parts) == 200
        await self.world.settle()
        answers = [sent for sent in self.world.teams.sent()[posted:] if sent.get("replyToId")]
        self.card = card_of(answers[-1], self.to)
        return self.card

    async def presses(self, verb, *, on=None, more=None, **typed):
        """The button with this verb, with what stands in the form and what is typed over it."""
        card = on or self.card
        data = {**card.data(verb), **fields(card), **typed, **(more or {})}
        self.card = await self.sends(data)
        return self.card

    async def sends(self, data):
        """A button's call, whatever it holds."""
        status, answer = await self.world.invoke(data, to=self.to, by=self.by)
        assert status == 200, answer
        await self.world.settle()
        is_card = "card" in answer["type"]
        return drawn(answer["value"], "", self.to) if is_card else drawn({}, answer["value"], self.to)

    async def fills(self, words=WORDS, times=NIGHT, *, german=False):
        """From the first page to the preview."""
        await self.writes()
        await self.presses("announce.times", **words)
        await self.presses("announce.preview", **times)
        if german:
            await self.presses("announce.tongues")
            await self.presses("announce.tongue", tongue="de")
            await self.presses("announce.preview", **GERMAN)
        return self.card

    async def saves(self):
        """From the preview to the word that it is saved."""
        await self.presses("announce.save")
        return await self.presses("announce.confirm")


def fields(card):
    """What stands in the form that somebody sees."""
    return {part["id"]: part.get("value", "") for part in _walk(card.body) if part.get("type", "").startswith("Input.")}


def _walk(part):
    if isinstance(part, dict):
        yield part
        for value in part.values():
            yield from _walk(value)
    elif isinstance(part, list):
        for value in part:
            yield from _walk(value)


def read(card):
    """As it is shown: without the marks that keep a value from being taken for mark-up."""
    return card.text.replace("\\", "")


def saved(world, draft="planned"):
    """Bodies of the announcements in this state."""
    return [body for (body,) in rows(world, f"SELECT body FROM announcements WHERE draft = '{draft}' ORDER BY made_at")]  # noqa: S608


def deeds(world):
    """What the audit has."""
    return rows(world, "SELECT who, role, what FROM audit ORDER BY id")


def refusals(world):
    """Refused ones in the audit."""
    return [what for _, role, what in deeds(world) if role == "-"]
