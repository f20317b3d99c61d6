"""Who sees what from where: on this machine, from outside, behind a proxy; and each address has its own routes."""

import pytest

from tests.ports import free_port
from tests.replicas.identity import TENANT
from tests.replicas.web_targets import BROKEN, DOORS, NEUTRAL
from tests.stories.test_keeping import rows
from tests.teams.activities import activity
from tests.world import CROWD_TOKEN, open_world, person

UNREGISTERED = {"APP_ID": "", "APP_SECRET": "", "TENANT_ID": ""}
OUTSIDE = {"PUBLIC_URL": "https://status.example"}  # a reverse proxy on this machine
HOUSE = {"IT_CONTACT": "help@contoso.example", "SITES": "Oberwesel", "SOURCE_DOWNDETECTOR_TOKEN": CROWD_TOKEN}
ASKED = "/?q=nothing+loads+in+Teams"


async def look(world, path, method="GET", port=None):
    """Status and text of what a visitor finds, at the page's own address where it has one."""
    port = port or world.environment.get("NOTJUSTYOU_PAGE_PORT")
    base = f"http://127.0.0.1:{port}" if port else world.url
    async with world.session.request(method, base + path) as answer:
        return answer.status, await answer.text()


async def five_have_it_too(world):
    """An incident of Contoso's own, which Graph tells it of and colleagues report."""
    world.graph.opens("TM9000002", title="Marker-C: users can't join meetings in Microsoft Teams")
    world.crowd.usual, world.crowd.reports = 40, 38
    await world.advance(minutes=2)
    await world.says("site Oberwesel", to="channel")
    card = await world.says("teams wont load", to="channel")
    for number in range(1, 6):
        await world.presses("me_too", on=card, by=person(number))


@pytest.mark.parametrize("behind_proxy", [True, False])
async def test_a_page_reached_from_outside_shows_public_evidence_only(tmp_path, behind_proxy):
    every_address = {"PAGE_BIND": "0.0.0.0", "PAGE_PORT": str(free_port())}  # noqa: S104 - that is the case
    place = OUTSIDE if behind_proxy else every_address
    async with open_world(tmp_path, SOURCES_OFF="", **HOUSE, **place) as world:
        await five_have_it_too(world)
        seen = str([await look(world, path) for path in (ASKED, "/", "/privacy")])
        own = [reference for (reference,) in rows(world, "SELECT id FROM incidents WHERE tenant = ?", TENANT)]
        assert own, "there is an incident of their own"
        for mark in ("Marker-C", "Oberwesel", "5 people", "help@contoso.example", TENANT, *own):
            assert mark not in seen
        assert world.words("source_table.heading", "en") not in seen


async def test_a_stated_tenant_is_shown_to_visitors_too(tmp_path):
    async with open_world(tmp_path, SOURCES_OFF="", PAGE_TENANT=TENANT, **HOUSE, **OUTSIDE) as world:
        await five_have_it_too(world)
        _, seen = await world.page(ASKED)
        assert "Marker-C" in seen
        assert "5 people here have it too" in seen
        assert "help@contoso.example" in (await world.page("/privacy"))[1]


async def test_the_page_of_one_tenant_is_not_the_others(tmp_path):
    theirs = 'it_contact = "pomoc@fabrikam.example"\nlanguage = "de"'
    async with open_world(tmp_path, SOURCES_OFF="", PAGE_TENANT=TENANT, fabrikam=theirs, **HOUSE, **OUTSIDE) as world:
        world.fabrikams.opens("TM9000077", title="Marker-F: users can't send files in Microsoft Teams")
        await world.advance(minutes=2)
        seen = str([await world.page(path) for path in (ASKED, "/privacy")])
        assert "Marker-F" not in seen
        assert "fabrikam" not in seen


BROUGHT_BY = ["X-Forwarded-For", "X-Forwarded-Proto", "Forwarded", "Via", "X-Real-IP", "CF-Connecting-IP", "Host"]


@pytest.mark.parametrize("header", BROUGHT_BY)
async def test_a_tunnel_that_no_setting_told_of_shows_nothing_that_is_for_operators(tmp_path, header):
    async with open_world(tmp_path, IT_CONTACT="help@contoso.example") as world:
        heading = world.words("source_table.heading", "en")
        assert heading in (await world.page())[1]
        assert "help@contoso.example" in (await world.page("/privacy"))[1]
        passed_on = {header: "198.51.100.7"}
        assert heading not in (await world.page(**passed_on))[1]
        assert "help@contoso.example" not in (await world.page("/privacy", **passed_on))[1]


@pytest.mark.parametrize("trusted", ["", "127.0.0.1"])
async def test_whom_a_proxy_brings_that_no_setting_told_of_is_never_of_this_place(tmp_path, trusted):
    """Neither a contact nor an organisation's evidence, nor is the server's own line taken for theirs."""
    told = {**HOUSE, "PAGE_TENANT": TENANT, "TRUSTED_PROXIES": trusted}
    async with open_world(tmp_path, SOURCES_OFF="", **told) as world:
        await five_have_it_too(world)
        own = [reference for (reference,) in rows(world, "SELECT id FROM incidents WHERE tenant = ?", TENANT)]
        marks = ("Marker-C", "Oberwesel", "5 people", "help@contoso.example", TENANT, *own)
        for _ in range(2):  # in the same second, so that no answer is handed on to the other
            seen = str([await world.page(path) for path in (ASKED, "/", "/privacy")])
            assert "Marker-C" in seen
            assert "help@contoso.example" in seen
            for header in BROUGHT_BY:
                passed_on = {header: "198.51.100.7"}
                seen = str([await world.page(path, **passed_on) for path in (ASKED, "/", "/privacy")])
                assert not [mark for mark in marks if mark in seen], header


async def test_the_servers_own_line_is_not_taken_for_that_of_whom_a_proxy_brings(tmp_path):
    async with open_world(tmp_path, **UNREGISTERED, **HOUSE, VISITOR_HERE="yes") as world:
        world.web.says(BROKEN, *DOORS, *NEUTRAL)
        await world.status.stop()
        await world.advance(minutes=10)
        theirs = world.words("verdict.your_network", "en", service="Microsoft Teams")
        assert theirs in (await world.page(ASKED))[1]
        seen = (await world.page(ASKED, **{"X-Forwarded-For": "198.51.100.7"}))[1]
        assert theirs not in seen
        assert "help@contoso.example" not in seen


@pytest.mark.parametrize(("settings", "shown"), [({}, True), (OUTSIDE, False)])
async def test_who_is_alone_with_trouble_reads_how_it_is_reached_on_their_own_machine_only(tmp_path, settings, shown):
    async with open_world(tmp_path, **UNREGISTERED, **HOUSE, **settings, VISITOR_HERE="yes") as world:
        world.web.says(BROKEN, *DOORS, *NEUTRAL)
        await world.status.stop()
        await world.advance(minutes=10)
        _, seen = await world.page(ASKED)
        assert world.words("verdict.your_network", "en", service="Microsoft Teams") in seen
        assert ("mailto:help@contoso.example" in seen) is shown


async def test_each_address_has_its_own_routes_only(tmp_path):
    async with open_world(tmp_path, PAGE_PORT=str(free_port())) as world:
        bot = world.url.rpartition(":")[2]
        assert (await look(world, "/"))[0] == 200
        assert (await look(world, "/api/messages", "POST"))[0] in (404, 405)
        for path in ("/", "/?q=down", "/privacy", "/terms", "/style.css"):
            assert (await look(world, path, port=bot))[0] == 404
        assert (await look(world, "/api/messages", "POST", port=bot))[0] == 401
        for port in (None, bot):
            assert (await look(world, "/healthz", port=port))[0] == 200


async def test_what_a_stranger_claims_to_be_forwarded_for_does_not_make_a_local_client(tmp_path):
    """Without an app id nobody is believed who came through a proxy, whatever they say of themselves."""
    async with open_world(tmp_path, **UNREGISTERED, TRUSTED_PROXIES="127.0.0.1") as world:
        said = activity("message", world.teams.service_url, text="is Teams down?")
        status, _ = await world.post(said, Authorization=None, **{"X-Forwarded-For": "127.0.0.1"})
        assert status == 403
