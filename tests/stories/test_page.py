"""A visitor opens the page, also when Teams itself is down: a verdict, an ask box without script, nothing private."""

import re
from datetime import timedelta
from html.parser import HTMLParser
from urllib.parse import quote

import pytest

from tests.replicas.identity import TENANT
from tests.replicas.web_targets import BROKEN, DOORS, NEUTRAL
from tests.world import open_world

OPEN = {"APP_ID": "", "APP_SECRET": ""}  # on this machine only, no bot registered
HOSTILE = '<script>alert(1)</script>" onfocus="x'


class Reader(HTMLParser):
    """A page as a screen reader meets it: headings, lists, fields, links, and what is wrong with the marks."""

    VOID = frozenset({"meta", "link", "input", "br"})

    def __init__(self, text):
        super().__init__()
        self.open, self.mistakes = [], []
        self.said, self.fields, self.links = [], [], []
        self.attributes = {}
        self.feed(text)
        self.close()
        self.mistakes += [f"{tag} is not closed" for tag in self.open]

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        self.attributes.setdefault(tag, found)
        if tag not in self.VOID:
            self.open.append(tag)
        if tag == "input":
            self.fields.append(found)
        if tag == "a":
            self.links.append(found["href"])

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.mistakes.append(f"{tag} is closed where it was not open")

    def handle_data(self, data):
        if data.strip():
            self.said.append((tuple(self.open), data.strip()))

    def all(self, tag):
        """Every text inside this element."""
        return [data for path, data in self.said if tag in path]


async def read(world, path="/", **headers):
    """The page, whole and well formed."""
    status, text = await world.page(path, **headers)
    page = Reader(text)
    assert page.mistakes == []
    page.status, page.text = status, text
    return page


async def reply_headers(world, path="/", **headers):
    async with world.session.get(f"{world.url}{path}", headers=headers) as answer:
        return answer.status, answer.headers


@pytest.fixture
async def here(tmp_path):
    """The bot as it starts on a fresh machine."""
    async with open_world(tmp_path, **OPEN) as world:
        yield world


async def test_it_says_how_teams_is_before_anybody_asks(here):
    page = await read(here)
    assert page.status == 200
    assert page.all("h1") == ["Microsoft Teams looks fine. We see no trouble."]
    assert page.all("title") == page.all("h1")
    assert page.attributes["html"]["lang"] == "en"
    assert any("How sure we are" in said for said in page.all("section"))


async def test_the_ask_box_needs_no_script(here):
    page = await read(here)
    assert "<script" not in page.text
    assert page.attributes["form"] == {"method": "get", "action": "/", "role": "search"}
    box = page.fields[0]
    assert (box["name"], box["maxlength"]) == ("q", "500")
    assert page.attributes["label"]["for"] == box["id"]
    assert page.all("button") == ["Ask now"]


async def test_an_outage_is_told_with_evidence_and_numbered_steps(here):
    here.web.says(BROKEN, *DOORS)
    here.status.down(next_update=here.clock.now() + timedelta(hours=2))
    await here.advance(minutes=20)
    page = await read(here, f"/?q={quote('teams wont load')}")
    assert "is down for everyone" in page.all("h1")[0]
    assert page.fields[0]["value"] == "teams wont load"
    steps = [int(step[0]) for step in page.all("ol") if re.match(r"\d\. ", step)]
    assert steps == list(range(1, len(steps) + 1))
    assert len(steps) in (3, 4, 5)
    assert page.all("ul")
    assert "What to do now" in page.all("h2")
    assert any("Do not sign out" in said for said in page.all("p"))


async def test_what_cannot_be_read_is_said(here):
    await here.status.stop()
    await here.advance(minutes=10)
    page = await read(here)
    assert any("Can't see" in said for said in page.all("li"))


async def test_a_sign_in_number_links_to_microsofts_look_up_page(here):
    page = await read(here, f"/?q={quote('AADSTS50126 when I sign in')}")
    assert "https://login.microsoftonline.com/error?code=50126" in page.links


async def test_the_language_is_the_visitors_wish(here):
    for path, wished, language in (
        ("/", "de-CH,de;q=0.9,en;q=0.8", "de"),
        ("/", "en;q=0.2, de;q=0.7", "de"),
        ("/", "fr, de;q=0, en;q=0.1", "en"),
        ("/", "tlh, *;q=0.5", "en"),
        ("/", "de;q=x", "en"),
        ("/?lang=de", "en", "de"),
        ("/?lang=xx", "de", "de"),
        ("/privacy", "de", "de"),
    ):
        page = await read(here, path, **{"Accept-Language": wished})
        assert page.attributes["html"]["lang"] == language, (path, wished)


async def test_german_is_german_throughout(here):
    page = await read(here, f"/?lang=de&q={quote('Teams startet nicht')}")
    assert page.all("label") == ["Was geht nicht?"]
    assert page.fields[1] == {"type": "hidden", "name": "lang", "value": "de"}
    assert "?lang=en&q=Teams%20startet%20nicht" in "".join(page.links)
    assert "What" not in page.text


async def test_what_is_kept_and_promised_is_one_click_away(here):
    front = await read(here)
    for path, title in (("/privacy", "What this page keeps"), ("/terms", "Terms")):
        assert f"{path}?lang=en" in front.links
        page = await read(here, path)
        assert (page.status, page.all("h1")) == (200, [title])


async def test_thirty_questions_a_minute_and_the_thirty_first_waits(here):
    for number in range(30):
        assert (await here.page(f"/?q=is+teams+down+{number}"))[0] == 200
    await here.advance(seconds=20)
    page = await read(here, "/?q=is+teams+down")
    assert page.status == 429
    assert "try again in 40 s" in page.all("h1")[0]
    assert page.fields[0]["value"] == "is teams down"
    assert (await reply_headers(here, "/?q=again"))[1]["Retry-After"] == "40"
    assert (await here.page("/"))[0] == 200
    await here.advance(seconds=40)
    assert (await here.page("/?q=is+teams+down"))[0] == 200


async def test_a_forged_forwarded_address_buys_no_more_questions(here):
    answers = [await here.page("/?q=down", **{"X-Forwarded-For": f"198.51.100.{n}"}) for n in range(31)]
    assert answers[-1][0] == 429


async def test_behind_a_trusted_proxy_each_visitor_counts_alone(tmp_path):
    async with open_world(tmp_path, **OPEN, TRUSTED_PROXIES="127.0.0.0/8,10.0.0.0/8", PAGE_ASKS_A_MINUTE="2") as world:

        async def asks(forwarded):
            return (await world.page("/?q=down", **{"X-Forwarded-For": forwarded}))[0]

        assert [await asks("198.51.100.7, 10.1.1.1") for _ in range(3)] == [200, 200, 429]
        assert await asks("203.0.113.9, 198.51.100.7") == 429  # the nearest stranger counts; what he claims does not
        assert await asks("198.51.100.8") == 200
        assert [await asks(f"2001:db8:0:7::{n}") for n in (1, 2, 3)] == [200, 200, 429]
        assert await asks("2001:db8:0:8::1") == 200


async def test_a_proxy_that_adds_a_line_of_its_own_is_believed_and_not_the_visitors(tmp_path):
    async with open_world(tmp_path, **OPEN, TRUSTED_PROXIES="127.0.0.1/32", PAGE_ASKS_A_MINUTE="1") as world:

        async def asks(claimed):
            lines = [("X-Forwarded-For", claimed), ("X-Forwarded-For", "198.51.100.7")]
            async with world.session.get(f"{world.url}/?q=down", headers=lines) as answer:
                return answer.status

        assert [await asks(f"203.0.113.{n}") for n in (1, 2)] == [200, 429]


async def test_another_sites_page_may_not_ask_in_a_visitors_name(here):
    for sent in (
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"},
        {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty"},
    ):
        page = await read(here, "/?q=is+teams+down", **sent)
        assert page.status == 403, sent
        assert page.all("h1") == ["Questions from other sites are refused."]


async def test_a_link_from_another_site_may_lead_here(here):
    followed = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
    assert (await here.page("/?q=is+teams+down", **followed))[0] == 200
    own = {"Origin": here.url, "Sec-Fetch-Site": "same-origin"}
    assert (await here.page("/?q=is+teams+down", **own))[0] == 200


async def test_a_name_that_was_bent_to_this_machine_gets_no_answer(here):
    for host in ("evil.example", "evil.example:3978", "127.0.0.1.evil.example", "localhost.evil", "[::2]", "10.0.0.1"):
        for path in ("/", "/?q=down", "/privacy"):
            page = await read(here, path, Host=host)
            assert page.status == 421, (host, path)
            assert page.all("h1")[0].startswith("This page does not answer under the address")


async def test_this_machines_own_names_and_the_public_one_are_answered(tmp_path):
    async with open_world(tmp_path, **OPEN, PUBLIC_URL="http://help.example:80/") as world:
        for host in ("localhost", "LOCALHOST:1", "127.0.0.1:3978", "[::1]:3978", "127.0.0.9", "help.example:80"):
            assert (await world.page("/", Host=host))[0] == 200, host


async def test_a_registered_bot_behind_a_proxy_answers_under_any_name(world):
    assert (await world.page("/", Host="help.example"))[0] == 200


async def test_a_question_of_500_characters_is_answered_and_of_501_kept_in_the_box(here):
    longest = ("is teams down? " * 40)[:500].strip()
    assert (await here.page(f"/?q={quote(longest)}"))[0] == 200
    page = await read(here, f"/?q={quote('x' * 501)}")
    assert page.status == 400
    assert "500" in page.all("h1")[0]
    assert page.fields[0]["value"] == "x" * 501


async def test_a_hostile_question_stays_text(here):
    signs = quote("\x00\x1b[31mred\u202e")
    for question in (
        quote(HOSTILE),
        "javascript:alert(1)",
        quote("{{ 7 * 7 }} {% raw %}"),
        signs,
        "%ED%A0%80",
        "%FF%FE",
    ):
        page = await read(here, f"/?q={question}")
        assert page.status == 200, question
        assert "<script" not in page.text
        assert "onfocus" not in page.fields[0]
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f]", page.text), question
        assert "49" not in page.all("h1")[0]


async def test_what_goes_out_is_locked_down(here):
    for path in ("/", "/privacy", "/?q=down"):
        _, headers = await reply_headers(here, path)
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "script" not in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["Cache-Control"] == "no-store"
    status, headers = await reply_headers(here, "/style.css")
    assert (status, headers["Content-Type"].split(";")[0]) == (200, "text/css")


async def test_it_can_only_be_read(here):
    for method in ("POST", "PUT", "DELETE", "OPTIONS"):
        async with here.session.request(method, f"{here.url}/?q=down") as answer:
            assert answer.status == 405, method


async def test_nothing_of_an_organisation_is_seen(tmp_path):
    about = {"SOURCES_OFF": "", "IT_CONTACT": "it@corp.example", "SITES": "Kiel,Hamburg"}
    async with open_world(tmp_path, **about) as world:
        world.graph.opens("TM9000002")
        await world.advance(minutes=2)
        card = await world.says("is teams down?")
        assert "TM9000002" in card.text
        for question in ("", "is+teams+down", "my+calls+drop", "whoami"):
            page = await read(world, f"/?q={question}")
            for private in (TENANT, "corp.example", "Kiel", "TM9000002"):
                assert private not in page.text


async def test_without_a_way_out_the_visitor_at_this_machine_hears_so(here):
    here.web.says(BROKEN, *DOORS, *NEUTRAL)
    await here.status.stop()
    await here.advance(minutes=10)
    page = await read(here, f"/?q={quote('teams wont load')}")
    assert "in your network" in page.all("h1")[0]
    assert any("no way out" in said for said in page.all("p"))


async def test_a_visitor_from_elsewhere_is_not_taken_for_one_of_this_place(tmp_path):
    async with open_world(tmp_path, **OPEN, VISITOR_HERE="no") as world:
        world.web.says(BROKEN, *DOORS, *NEUTRAL)
        await world.status.stop()
        await world.advance(minutes=10)
        page = await read(world, f"/?q={quote('teams wont load')}")
        assert "We can't tell yet" in page.all("h1")[0]
        assert any("Our own connection is down" in said for said in page.all("p"))


async def test_a_visit_leaves_nothing_behind(here, tmp_path):
    for question in ("", "is teams down?", "language de", "site Berlin", "its fixed", "whoami"):
        await here.page(f"/?q={quote(question)}")
    await here.advance(minutes=1)
    assert (await read(here)).attributes["html"]["lang"] == "en"
    await here.stop()
    kept = b"".join(file.read_bytes() for file in tmp_path.iterdir() if file.suffix.startswith(".db"))
    assert b"ask_status" not in kept


async def test_health_readiness_and_numbers_can_be_watched(here):
    assert await here.page("/healthz") == (200, '{"alive": true}')
    assert await here.page("/readyz") == (200, '{"ready": true}')
    await here.page("/?q=is+teams+down")
    status, numbers = await here.page("/metrics")
    assert status == 200
    assert re.search(r'notjustyou_answers_total\{entrance="page",outcome="fine"\} [1-9]', numbers)


async def test_operators_see_every_source_its_state_and_what_it_said_last(tmp_path):
    async with open_world(tmp_path, PAGE_FOR_OPERATORS="yes") as world:
        await world.advance(minutes=2)
        _, page = await world.page("/")
        row = next(row for row in page.partition("<tbody>")[2].split("<tr>") if "public status page" in row)
        for said in ("can be read", "every 1 min", ": fine", "request"):
            assert said in row


async def test_strangers_see_no_table_of_sources(tmp_path):
    async with open_world(tmp_path, PAGE_FOR_OPERATORS="no") as world:
        _, page = await world.page("/")
        assert "<table>" not in page
