"""The page: the present verdict and an ask box that needs no script.  Read-only, GET only.

It opens on a bad line and when the chat is down.  Shows public evidence only: a visitor has no tenant.
"""

import math
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache, partial
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web
from jinja2 import Environment, PackageLoader, StrictUndefined

from bot.cards import sheet
from bot.clock import Clock
from bot.content.texts import Texts
from bot.domain.conversation import Destination, Message, Person, Phrase, Reply, Scope
from bot.domain.observation import TenantId
from bot.metrics import REFUSED
from bot.web.insiders import was_passed_on
from bot.web.keeping import Line
from bot.web.languages import choose, wished
from bot.web.visitors import Refusal, Visitors, names_this_machine

LONGEST_QUESTION = 500  # characters (CONTRACTS: places)
LINKED = ("https", "http", "mailto")  # what a link on the page may begin with
UNSAID = {"path": "/", "told": None, "notice": None, "asked": "", "open_now": (), "blind": (), "sources": ()}
STYLE_HEADERS = {"Cache-Control": "max-age=600"}


@dataclass(frozen=True, slots=True, kw_only=True)
class PageParts:
    """What the page is handed."""

    answer: Callable[[Message], Awaitable[Reply]]
    texts: Texts
    clock: Clock
    language: str  # the organisation's
    zone: str
    tenant: TenantId | None = None  # whose evidence and counts the page shows too
    visitors: Visitors
    drill: bool = False  # everything shown is a rehearsal
    blind: Callable[[str], Sequence[str]] | None = None  # language -> what operators must know; None on a public page
    sources: Callable[[str], Sequence[Sequence[str]]] | None = None  # language -> heads, then a row a source; as blind
    open_now: Callable[[str, TenantId | None], Sequence[Sequence[str]]]  # language, whose -> each open one in lines
    kept: Callable[[str], Sequence[Line]]  # language -> a line for each table
    contact: str | None = None  # who is asked to forget somebody, where the page may say it
    is_stated: bool = False  # operators said that others reach this page, so what it may show is their word


class Pages:
    """The page's routes."""

    def __init__(self, parts: PageParts) -> None:
        """`parts`: see PageParts."""
        self._parts = parts

    def routes(self) -> list[web.RouteDef]:
        """To be added to an application."""
        return [
            web.get("/", self.show),
            web.get("/privacy", self.privacy),
            web.get("/terms", self.terms),
            web.get("/style.css", self.style),
        ]

    async def style(self, _: web.Request) -> web.Response:
        """The look, apart so that the page needs no inline style."""
        return web.Response(text=_style(), content_type="text/css", headers=STYLE_HEADERS)

    async def privacy(self, request: web.Request) -> web.Response:
        """What is kept, why and how long, who runs it, and what leaves."""
        kept = self._parts.kept(self._language(request))
        contact = self._parts.contact if self._is_of_this_place(request) else None
        return self._tell(request, "privacy.html", kept=kept, contact=contact, path="/privacy")

    async def terms(self, request: web.Request) -> web.Response:
        """What is promised."""
        return self._tell(request, "text.html", title="page.terms", text="page.terms_text", path="/terms")

    def lost(self, request: web.Request, status: int) -> web.Response:
        """There is no such page, or not for this method."""
        return self._page(request, "text.html", title=f"page.http_{status}", text="page.lost", status=status)

    def _tell(self, request: web.Request, template: str, **shown: object) -> web.Response:
        refused = self._parts.visitors.refuses(request, asking=False, now=self._parts.clock.now())
        if refused is not None:
            return self._refusal(refused, request)
        return self._page(request, template, status=200, **shown)

    async def show(self, request: web.Request) -> web.Response:
        """The verdict for the question in `q`, or for the usual question when there is none."""
        parts = self._parts
        asked = _one_line(request.query.get("q", ""))
        refused = parts.visitors.refuses(request, asking=bool(asked), now=parts.clock.now())
        if refused is not None:
            return self._refusal(refused, request)
        if len(asked) > LONGEST_QUESTION:
            notice = self._say(request, "page.too_long", n=LONGEST_QUESTION)
            return self._page(request, "page.html", asked=asked, told=None, notice=notice, status=400)
        language = self._language(request)
        here = self._is_of_this_place(request)
        reply = await parts.answer(self._message(request, asked, here=here))
        told = sheet(reply, parts.texts, language, parts.zone)
        blind = parts.blind(language) if parts.blind and here else ()
        sources = parts.sources(language) if parts.sources and here else ()
        shown: dict[str, Any] = {
            "open_now": parts.open_now(language, self._tenant(here=here)),
            "blind": blind,
            "sources": sources,
        }
        return self._page(request, "page.html", asked=asked, told=told, notice=None, **shown)

    def _is_of_this_place(self, request: web.Request) -> bool:
        """Whether this visitor is whom the settings speak of: a proxy or a name that none told of brings anybody."""
        return self._parts.is_stated or (names_this_machine(request) and not was_passed_on(request))

    def _tenant(self, *, here: bool) -> TenantId | None:
        """Whose evidence this visitor sees, besides the public one."""
        return self._parts.tenant if here else None

    def _message(self, request: web.Request, asked: str, *, here: bool) -> Message:
        language = self._language(request)
        return Message(
            text=asked or self._parts.texts.say("page.usual_question", language),
            person=Person(id=self._parts.visitors.key(request), tenant=self._tenant(here=here)),
            destination=Destination(id="page", scope=Scope.PAGE),
            language=language,
            from_outside=not here,
        )

    def _language(self, request: web.Request) -> str:
        wishes = (request.query.get("lang", ""), *wished(request.headers.get("Accept-Language", "")))
        return choose(wishes, self._parts.texts.languages, self._parts.language)

    def _say(self, request: web.Request, key: str, **values: object) -> str:
        phrase = Phrase(key=key, values=values)
        return self._parts.texts.say(phrase, self._language(request), zone=self._parts.zone)

    def _refusal(self, refused: Refusal, request: web.Request) -> web.Response:
        """What is wrong, with the question still in its box."""
        REFUSED.labels(reason=f"page_{refused.why}").inc()
        wait_s = math.ceil(refused.wait.total_seconds()) if refused.wait else 0
        notice = self._say(request, f"page.{refused.why}", wait=timedelta(seconds=wait_s))
        asked = _one_line(request.query.get("q", ""))
        response = self._page(request, "page.html", asked=asked, told=None, notice=notice, status=refused.status)
        if wait_s:
            response.headers["Retry-After"] = str(wait_s)
        return response

    def _page(self, request: web.Request, template: str, *, status: int = 200, **shown: object) -> web.Response:
        language = self._language(request)
        body = (
            _templates()
            .get_template(template)
            .render(
                **{**UNSAID, **shown},
                language=language,
                languages=self._parts.texts.languages,
                at=self._parts.clock.now(),
                longest=LONGEST_QUESTION,
                drill=self._parts.drill,
                say=partial(self._say, request),
            )
        )
        headers = {"Content-Language": language, "Vary": "Accept-Language"}
        return web.Response(text=body, content_type="text/html", headers=headers, status=status)


def _one_line(asked: str) -> str:
    """The question without what a browser's box could not hold: control signs, halves of characters, outer space."""
    readable = asked.encode("utf-8", "ignore").decode("utf-8")
    return "".join(sign if sign.isprintable() or sign.isspace() else "" for sign in readable).strip()


def _linked(link: str | None) -> bool:
    """Whether this may stand behind a link: the page has a tight policy, and an address must still be one."""
    return link is not None and urlsplit(link).scheme in LINKED


@lru_cache
def _templates() -> Environment:
    templates = Environment(
        loader=PackageLoader("bot.web"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    templates.tests["linked"] = _linked
    return templates


@lru_cache
def _style() -> str:
    return _templates().get_template("style.css").render()
