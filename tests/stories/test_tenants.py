"""Two organisations in one process: each has its own house, and nothing of one is ever seen in the other."""

import json

import pytest

from bot.domain.conversation import Destination, Message, Person, Scope
from bot.domain.observation import Health, SourceId, TenantId
from tests.replicas.identity import APP_ID, APP_SECRET, SECOND_APP, SECOND_SECRET, TENANT
from tests.teams import activities
from tests.teams.activities import ANN, BEN, CHANNEL
from tests.terminal import Terminal
from tests.world import CROWD_TOKEN, FABRIKAM, IDS, PLACES, open_world, person

OURS = {
    "SOURCES_OFF": "mastodon,hn,dns,endpoints,probe",
    "PUBLIC_URL": "https://status.example",
    "LANGUAGE": "en",
    "SITES": "Oberwesel,Hamburg",
    "IT_CONTACT": "help@contoso.example",
    "ADMINS": ANN["aadObjectId"],
}
THEIRS = f"""
language = "de"
zone = "America/New_York"
sites = ["Zlin"]
it_contact = "pomoc@fabrikam.example"
admins = ["{BEN["aadObjectId"]}"]
me_too_for_org = 2
"""
CONTOSOS = ("Oberwesel", "help@contoso.example", "TM9000002", "Marker-C", TENANT, APP_ID, "7 people", "contoso")
FABRIKAMS = ("Zlin", "pomoc@fabrikam.example", "TM9000077", "Marker-F", FABRIKAM, SECOND_APP, "3 Personen")


def fabrikams_channel(place=CHANNEL):
    """A channel of Fabrikam's, with the very id that Contoso's has."""
    where = {"conversationType": "channel", "id": place, "tenantId": FABRIKAM, "isGroup": True}
    return {"conversation": where, "channelData": {"tenant": {"id": FABRIKAM}}}


def fabrikams_chat():
    """Somebody at Fabrikam alone with the bot."""
    where = {"conversationType": "personal", "id": "a:1fabrikam", "tenantId": FABRIKAM}
    return {"conversation": where, "channelData": {"tenant": {"id": FABRIKAM}}}


PLACES["fabrikams_twin"] = fabrikams_channel
PLACES["fabrikams_chat"] = fabrikams_chat
IDS |= {"fabrikams_twin": CHANNEL, "fabrikams_chat": "a:1fabrikam"}


@pytest.fixture
async def both(tmp_path):
    """Contoso in the variables and Fabrikam in the file, each with trouble, people and reports of its own."""
    async with open_world(tmp_path, fabrikam=THEIRS, **OURS) as world:
        world.graph.opens("TM9000002", title="Marker-C: users can't join meetings in Microsoft Teams")
        world.fabrikams.opens("TM9000077", title="Marker-F: users can't send files in Microsoft Teams")
        await world.advance(minutes=2)
        yield world


async def all_that_is_said(world, to, *, by):
    """Everything that somebody in that place can get out of the bot."""
    heard = []
    for text in ("teams wont load", "help", "whoami", "site", "AADSTS50126", "incidents", "subscribe", "subscriptions"):
        card = await world.says(text, to=to, by=by)
        await world.advance(seconds=10)  # slower than any limit
        heard.append([card.body, card.text])
        for data in card.buttons.values():
            heard.append([(seen := await world.presses(data["verb"], on=card, by=by)).body, seen.text])
    heard.append(await world.happens("installationUpdate", to=to, action="add"))
    return json.dumps(heard, default=str)


async def test_no_byte_of_one_tenant_is_in_a_reply_to_the_other(both):
    """Over Teams, on the page and in the terminal: ids, counts, contact, sites, Graph's words, roles."""
    await both.says("site Oberwesel", to="channel")
    ours = await both.says("teams wont load", to="channel")
    for number in range(1, 8):
        await both.presses("me_too", on=ours, by=person(number))
    theirs = await both.says("teams wont load", to="fabrikam")
    for number in range(1, 4):
        await both.presses("me_too", on=theirs, by=person(number))
    contoso = [await all_that_is_said(both, place, by=ANN) for place in ("personal", "channel")]
    fabrikam = [await all_that_is_said(both, place, by=BEN) for place in ("fabrikams_chat", "fabrikam")]
    nobodys = [
        str(await both.page(path)) for path in ("/?q=is+Teams+down", "/?q=help", "/?q=incidents", "/privacy", "/readyz")
    ]
    assert "Marker-C" in contoso[0], "Contoso itself reads its own"
    assert "Marker-F" in fabrikam[0]
    for said in (*fabrikam, *nobodys):
        assert [mark for mark in CONTOSOS if mark in said] == []
    for said in (*contoso, *nobodys):
        assert [mark for mark in FABRIKAMS if mark in said] == []


async def typed(world, *argv):
    """What a command prints on the machine that the bot runs on."""
    screen = Terminal(
        folder=None, status=world.status, web=world.web, mastodon=world.mastodon, hn=world.hn, env=world.environment
    )
    return await screen.types(*argv)


async def test_a_question_in_the_terminal_is_answered_from_what_is_public(both):
    """Nobody has proved there whose people they are."""
    nobody, place = Person(id="terminal"), Destination(id="terminal", scope=Scope.TERMINAL)
    reply = await both.parts.reply_to(Message(text="is Teams down?", person=nobody, destination=place))
    assert reply.verdict.evidence, "there is something to say"
    printed = (await typed(both, "ask", "is Teams down?", "--json")).out  # by the machine's clock: all is long over
    for said in (str(reply), printed):
        assert [mark for mark in (*CONTOSOS, *FABRIKAMS) if mark in said] == []


async def test_sources_name_the_tenant_whose_credentials_they_use(both):
    told = (await typed(both, "sources", "--json")).json
    graphs = {one["tenant"]: one["state"] for one in told if one["source"] == "graph"}
    assert graphs == {TENANT: "ok", "fabrikam": "ok"}
    assert "graph of fabrikam" in (await typed(both, "sources", "--plain")).out
    shown = await typed(both, "settings", "--json")
    lines = {line["name"]: line["value"] for line in shown.json}
    assert lines["tenant.fabrikam.language"] == "de"
    assert lines["tenant.fabrikam.app_secret"] == "set"  # noqa: S105 - that it is there
    assert SECOND_SECRET not in shown.out


async def test_each_is_answered_in_its_own_language_and_zone_with_its_own_contact(both):
    nothing = {"locale": "fr-FR", "localTimezone": None, "entities": []}  # that tells where they are
    ours = await both.says("is Teams down?", **nothing)
    theirs = await both.says("is Teams down?", to="fabrikams_chat", **nothing)
    assert both.words("button.again", "en") in ours.buttons
    assert both.words("button.again", "de") in theirs.buttons
    assert "09:02" in ours.text, "Berlin"
    assert "03:02" in theirs.text, "New York"
    (welcomed,) = await both.happens("installationUpdate", to="fabrikam", action="add")
    assert "pomoc@fabrikam.example" in welcomed.text
    (welcomed,) = await both.happens("installationUpdate", to="channel", action="add")
    assert "help@contoso.example" in welcomed.text


async def test_channels_with_one_id_stay_two_channels(both):
    ours = await both.says("language de", to="channel")
    assert both.words("note.language_set", "de") in ours.text
    assert both.words("button.again", "de") in (await both.says("is Teams down?", to="fabrikams_twin")).buttons
    await both.says("language en", to="fabrikams_twin")
    assert both.words("button.again", "de") in (await both.says("is Teams down?", to="channel")).buttons
    card = await both.says("teams wont load", to="channel")
    _, stolen = await both.invoke(card.data("again"), to="fabrikams_twin")
    assert both.words("note.card_unknown", "en") in str(stolen)


async def test_an_admin_of_one_is_nobody_in_the_other(both):
    assert "roles: admin" in (await both.says("whoami", by=ANN)).text
    assert "roles: -" in (await both.says("whoami", by=ANN, to="fabrikams_chat")).text
    assert "roles: admin" in (await both.says("whoami", by=BEN, to="fabrikams_chat")).text
    assert "roles: -" in (await both.says("whoami", by=BEN)).text


async def test_whoami_names_the_settings_of_ones_own_tenant(both):
    ours, theirs = await both.says("whoami"), await both.says("whoami", to="fabrikams_chat")
    assert "NOTJUSTYOU_ADMINS" in ours.text.replace("\\", "")
    assert "tenant.fabrikam.admins" in theirs.text
    assert "tenant.fabrikam.approvers" in theirs.text
    assert "NOTJUSTYOU" not in theirs.text


async def test_each_counts_with_its_own_threshold(tmp_path):
    quiet = {"SOURCE_DOWNDETECTOR_TOKEN": CROWD_TOKEN}
    async with open_world(tmp_path, fabrikam="me_too_for_org = 5", ME_TOO_FOR_ORG="500", **quiet) as world:
        world.crowd.usual, world.crowd.reports = 40, 38
        await world.advance(minutes=10)
        theirs = world.words("verdict.your_org", "en", service="Microsoft Teams")
        for place, enough in (("channel", False), ("fabrikam", True)):
            card = await world.says("teams wont load", to=place)
            for number in range(1, 6):
                seen = await world.presses("me_too", on=card, by=person(number))
            assert (theirs in seen.text) is enough


async def test_each_app_speaks_with_its_own_token(both):
    await both.says("is Teams down?", to="channel")
    await both.says("is Teams down?", to="fabrikam")
    by_place = {call.conversation.partition(";")[0]: call.token for call in both.teams.arrived}
    assert by_place[CHANNEL] in both.identity.issued_to[APP_ID]
    assert by_place[IDS["fabrikam"]] in both.identity.issued_to[SECOND_APP]
    asked = {(ask["client_id"], ask["client_secret"], ask["tenant"]) for ask in both.identity.token_asks}
    assert asked == {(APP_ID, APP_SECRET, TENANT), (SECOND_APP, SECOND_SECRET, FABRIKAM)}


async def test_graph_is_asked_for_each_with_its_own_credentials(both):
    healths = {health.tenant: health for health in both.parts.board.healths() if health.source == "graph"}
    assert healths.keys() == {TENANT, FABRIKAM}
    both.fabrikams.consented = False
    await both.advance(minutes=2)
    assert "Marker-C" in (await both.says("is Teams down?")).text
    blind = {health.tenant: health.is_unreadable for health in both.parts.board.healths() if health.source == "graph"}
    assert blind == {TENANT: False, FABRIKAM: True}
    seen = both.parts.board.look(TenantId(TENANT), both.clock.now())
    assert not [one for one in seen if one.source == SourceId("graph") and one.health is Health.UNREACHABLE]


async def test_a_token_for_one_app_opens_nothing_of_the_other(both):
    """The audience chooses who looks; whoever it names finds that the rest is not for them."""
    said = activities.activity("message", both.teams.service_url, text="is Teams down?", **fabrikams_chat())
    sent = len(both.teams.sent())
    ours = both.identity.token(both.teams.service_url)
    assert (await both.post(said, Authorization=f"Bearer {ours}"))[0] == 200
    await both.settle()
    (told,) = both.teams.sent()[sent:]
    assert both.words("teams.not_served", "en") in str(told)
    for audience in ("00000000-0000-4000-8000-0000000000ff", "", None, 5):
        strange = both.identity.token(both.teams.service_url, aud=audience)
        assert (await both.post(said, Authorization=f"Bearer {strange}"))[0] == 401
    for header in ("", "Bearer", "Bearer x", "Bearer " + "é" * 10, "Bearer " + "x" * 8000):
        assert (await both.post(said, Authorization=header))[0] == 401
    forged = both.identity.token(both.teams.service_url, aud=SECOND_APP, signed_by=77)
    assert (await both.post(said, Authorization=f"Bearer {forged}"))[0] == 401


async def test_who_names_no_directory_sees_public_evidence_only(both):
    where = {"conversationType": "personal", "id": "a:1nobody"}
    card = await both.says("is Teams down?", by=ANN, conversation=where, channelData={})
    assert both.words("button.again", "en") in card.buttons
    assert not [mark for mark in (*CONTOSOS[:4], *FABRIKAMS) if mark in str(card.body)]
    card = await both.says("whoami", by=ANN, conversation=where, channelData={})
    assert "admin" not in card.text, "a role holds in its directory"


async def test_a_tenant_that_was_taken_out_is_spoken_to_no_more(tmp_path):
    """Its cards stay in the database for a while; nobody here may change them."""
    async with open_world(tmp_path, fabrikam="", start=False) as world:
        await world.start()
        card = await world.says("teams wont load", to="fabrikam")
        await world.presses("me_too", on=card, by=BEN)
        await world.stop()
        world.fabrikams = None
        (tmp_path / "notjustyou.toml").write_text("")
        await world.start()
        sent = len(world.teams.arrived)
        await world.advance(minutes=2)
        assert [call for call in world.teams.arrived[sent:] if call.conversation.startswith(IDS["fabrikam"])] == []
        assert world.words("teams.not_served", "en") in (await world.says("hello?", to="fabrikam")).text


async def test_a_source_counts_as_its_worst_tenant(both):
    both.fabrikams.consented = False
    await both.advance(minutes=10)
    _, shown = await both.page("/metrics")
    states = [line for line in shown.splitlines() if 'source="graph"' in line and "source_state" in line]
    assert [line for line in states if 'state="blind"' in line and line.endswith(" 1.0")], states
    assert [line for line in states if 'state="ok"' in line and line.endswith(" 0.0")], states
