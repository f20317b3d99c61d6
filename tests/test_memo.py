"""What is worked out once for many who ask the same is exactly what each would have been told alone."""

import asyncio
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.assembly import assembled
from bot.board import OWN_REPORTS
from bot.cards.drawings import Drawings
from bot.clock import SettableClock
from bot.commands.answer import answer
from bot.commands.memo import Memo
from bot.commands.people import own_test
from bot.domain.conversation import Destination, Message, Person, Scope
from bot.domain.observation import Client, Health, Kind, Observation, ServiceId, SourceId, Strength, TenantId
from bot.settings import read_settings

START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
CONTOSO, FABRIKAM = TenantId("contoso"), TenantId("fabrikam")
ADMIN = "11111111-0000-4000-8000-000000000001"
TEXTS = (
    "is Teams down?",
    "teams wont load",
    "calls drop since 9 on my mac",
    "error CAA70007 when I sign in",
    "is Outlook down?",
    "help",
    "thanks",
    "x" * 5000,
    "",
)

CHOICES = {
    "text": TEXTS,
    "tenant": (None, CONTOSO, FABRIKAM),
    "scope": (Scope.PERSONAL, Scope.PERSONAL, *Scope),
    "language": (None, "en-GB", "de-DE", "fr-FR"),
    "zone": (None, "Europe/Berlin", "America/New_York"),
    "client": (None, Client.WINDOWS, Client.IOS),
    "who": (("ann", None), ("ben", None), ("root", ADMIN)),
}
askings = st.fixed_dictionaries({name: st.sampled_from(values) for name, values in CHOICES.items()})
changes = st.one_of(
    *(st.tuples(st.just(name), st.sampled_from(values)) for name, values in CHOICES.items()),
    st.just(("tested", True)),  # this person made a test before
    st.sampled_from([("wait", 1), ("wait", 90)]),  # and the board shows something else then
)


def message(*, text, tenant, scope, language, zone, client, who):  # noqa: PLR0913 - one for each choice
    return Message(
        text=text,
        person=Person(id=who[0], directory_id=who[1], tenant=tenant),
        destination=Destination(id=f"{scope} of {tenant}", scope=scope, tenant=tenant),
        language=language,
        zone=zone,
        client=client,
    )


def colleagues(now):
    return Observation(
        source=OWN_REPORTS, kind=Kind.COLLEAGUES, origin="colleagues", key="me_too", service=ServiceId("teams"),
        health=Health.DOWN, seen_at=now, until=now + timedelta(hours=1), tenant=CONTOSO,
        strength=Strength(reports=7, authors=7, shares={"Oberwesel": 7}),
    )  # fmt: skip


def official(now):
    return Observation(
        source=SourceId("ms_public"), kind=Kind.OFFICIAL_PUBLIC, origin="microsoft", key="1",
        service=ServiceId("teams"), health=Health.DOWN, seen_at=now, said_at=now, since=now,
        until=now + timedelta(hours=1), text="Users can't call",
    )  # fmt: skip


async def everybody_is_told_as_if_alone(parts, clock, first, many):
    """Each asks as the first one did, but for one difference."""
    clock.set(clock.now() + timedelta(hours=1))
    for name, value in (("wait", 1), *many):
        asking = {**first, name: value} if name in first else first
        asked = message(**asking)
        if name == "wait":
            clock.set(clock.now() + timedelta(seconds=value))
            parts.board.put(OWN_REPORTS, CONTOSO, [colleagues(clock.now())])
            parts.board.put(SourceId("ms_public"), None, [official(clock.now())] if value == 1 else [])
        if name == "tested":
            await parts.desk.people.tested(asked.person, own_test("other_site", Health.DOWN, clock.now()))
        told = await parts.reply_to(asked)
        alone = await answer(replace(parts.desk, memo=Memo()), asked, clock.now())
        assert replace(told, row=None, like=None) == replace(alone, row=None, like=None)
        drawn, drawn_alone = parts.drawings.of(told), Drawings(parts.texts).of(replace(alone, row=told.row, like=None))
        assert drawn == drawn_alone
        if asked.person.tenant != CONTOSO:
            assert b"Oberwesel" not in drawn.card


def test_a_reply_that_many_share_is_what_each_would_be_told_alone(tmp_path):
    env = {"NOTJUSTYOU_DATABASE_URL": f"sqlite:///{(tmp_path / 'x.db').as_posix()}", "NOTJUSTYOU_ADMINS": ADMIN}
    with asyncio.Runner() as runner:
        stack, clock = AsyncExitStack(), SettableClock(START)
        parts = runner.run(stack.enter_async_context(assembled(read_settings(env), clock)))

        @settings(max_examples=250, deadline=None)
        @given(askings, st.lists(changes, min_size=1, max_size=6))
        def told_alike(first, many):
            runner.run(everybody_is_told_as_if_alone(parts, clock, first, many))

        try:
            told_alike()
        finally:
            runner.run(stack.aclose())
