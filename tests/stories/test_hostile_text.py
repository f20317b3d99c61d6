"""What a source writes is text for its readers and nothing else: on the card, the page, the terminal and in the log."""

import json
import logging
import re
import unicodedata
from io import StringIO

import pytest

from bot.clock import MachineClock
from bot.logs import configure_logs
from bot.settings import read_settings
from bot.terminal import asking, checking, listing
from bot.terminal.output import Output
from tests.replicas.faults import Fault
from tests.sources.spoilt import HOSTILE
from tests.world import open_world

MOST_CARD_BYTES = 28_000  # what the platform takes


@pytest.fixture
async def hostile(tmp_path):
    """Microsoft's pages, public and to the tenant, say it; both name Teams, so that it stands on the card."""
    async with open_world(tmp_path, start=False, SOURCES_OFF="") as world:
        world.environment["NOTJUSTYOU_LOGIN_URL"] = world.identity.login_url
        world.status.says("ServiceInterruption", impact=f"Users can't use Microsoft Teams. {HOSTILE}", current=HOSTILE)
        await world.start()
        await world.advance(minutes=3)
        yield world


def assert_harmless(text):
    bad = {sign for sign in text if unicodedata.category(sign) in ("Cc", "Cf", "Cs") and sign not in "\n\t\u200c\u200d"}
    assert bad == set()


async def test_on_a_card_it_mentions_nobody_and_links_nowhere(hostile):
    card = await hostile.says("is Teams down?")
    assert "trouble" in card.summary
    assert "everyone" in card.text, "the text itself is told"
    assert_harmless(card.text)
    assert "<at>" not in card.text
    assert not re.search(r"(?<!\\)\]\(", card.text), "a link in Markdown"
    assert not [link for link in card.links.values() if "evil" in link or "javascript" in link]
    assert len(json.dumps(card.body)) < MOST_CARD_BYTES
    activity = hostile.teams.sent()[-1]
    assert not [one for one in activity.get("entities") or [] if one.get("type") == "mention"]


async def test_on_the_page_it_is_quoted(hostile):
    status, page = await hostile.page()
    assert status == 200
    assert_harmless(page)
    for tag in ("<script", "<img", "<at>", 'javascript:evil"'):
        assert tag not in page
    assert len(page) < 100_000


async def test_in_a_terminal_it_steers_nothing(hostile, capsys):
    settings = read_settings(hostile.environment)
    for form in ("people", "plain", "json"):
        await checking.check(Output(form=form), settings, "ms_public")
        await listing.sources(Output(form=form), settings)
        await asking.ask(Output(form=form), settings, "is Teams down?", given_at=MachineClock().monotonic())
    told = capsys.readouterr()
    assert_harmless(told.out)
    assert_harmless(told.err)
    assert "X-Evil" in told.out, "the text itself is told"


async def test_in_the_log_it_stays_on_its_line_and_is_short(tmp_path):
    stream = StringIO()
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    configure_logs(level="info", form="json", secrets=[], stream=stream)
    try:
        async with open_world(tmp_path) as world:
            world.status.says(f"Wobbly {HOSTILE}", impact=HOSTILE)
            await world.advance(minutes=4)
            world.status.fault = Fault.NONSENSE
            await world.advance(minutes=4)
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
    lines = stream.getvalue().splitlines()
    assert [line for line in lines if json.loads(line)["event"] == "source went blind"]
    for line in lines:
        assert_harmless(line)
        assert len(line) < 2000
