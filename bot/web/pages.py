"""The page: the present verdict and an ask box that needs no script.  Read-only, GET only.

It opens on a bad line and when the chat is down.  Shows public evidence only: a visitor has no tenant.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import lru_cache

from aiohttp import web
from jinja2 import Environment, PackageLoader, select_autoescape

from bot.cards import Sheet, sheet
from bot.clock import Clock
from bot.content.texts import Texts
from bot.domain.conversation import Destination, Message, Person, Reply, Scope
from bot.web.visitors import Visitors

LONGEST_QUESTION = 500  # characters (CONTRACTS: places)
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PageParts:
    """What the page is handed."""

    answer: Callable[[Message], Awaitable[Reply]]
    texts: Texts
    clock: Clock
    language: str  # the organisation's
    zone: str
    visitors: Visitors


class Pages:
    """The page's routes."""

    def __init__(self, parts: PageParts) -> None:
        """`parts`: see PageParts."""
        self._parts = parts

    def routes(self) -> list[web.RouteDef]:
        """To be added to an application."""
        return [web.get("/", self.show), web.get("/style.css", self.style)]

    async def style(self, _: web.Request) -> web.Response:
        """The look, apart so that the page needs no inline style."""
        return web.Response(text=_style(), content_type="text/css", headers={"X-Content-Type-Options": "nosniff"})

    async def show(self, request: web.Request) -> web.Response:
        """The verdict for the question in `q`, or for the usual question when there is none."""
        parts = self._parts
        language = self._language(request)
        asked = request.query.get("q", "").strip()
        refused = parts.visitors.refuses(request, asking=bool(asked), now=parts.clock.now())
        if refused is not None:
            return self._refusal(refused, language)
        if len(asked) > LONGEST_QUESTION:
            return self._page(language, asked[:LONGEST_QUESTION], None, notice="page.too_long", status=400)
        reply = await parts.answer(self._message(asked, language, parts.visitors.key(request)))
        told = sheet(reply, parts.texts, language, parts.zone)
        return self._page(language, asked, told)

    def _message(self, asked: str, language: str, visitor: str) -> Message:
        return Message(
            text=asked or self._parts.texts.say("page.usual_question", language),
            person=Person(id=visitor),
            destination=Destination(id="page", scope=Scope.PAGE),
            language=language,
        )

    def _language(self, request: web.Request) -> str:
        parts = self._parts
        wanted = [request.query.get("lang", "")]
        wanted += [part.split(";")[0].strip() for part in request.headers.get("Accept-Language", "").split(",")[:8]]
        for word in wanted:
            short = word.split("-")[0].lower()
            if short in parts.texts.languages:
                return short
        return parts.language

    def _refusal(self, status: int, language: str) -> web.Response:
        notice = {429: "page.too_often", 403: "page.foreign", 421: "page.wrong_host"}[status]
        response = self._page(language, "", None, notice=notice, status=status)
        if status == web.HTTPTooManyRequests.status_code:
            response.headers["Retry-After"] = "60"
        return response

    def _page(
        self, language: str, asked: str, told: Sheet | None, *, notice: str | None = None, status: int = 200
    ) -> web.Response:
        texts = self._parts.texts
        body = (
            _templates()
            .get_template("page.html")
            .render(
                language=language,
                languages=texts.languages,
                asked=asked,
                told=told,
                notice=texts.say(notice, language) if notice else None,
                at=self._parts.clock.now(),
                longest=LONGEST_QUESTION,
                say=lambda key, **values: texts.say(key, language, zone=self._parts.zone, **values),
            )
        )
        return web.Response(text=body, content_type="text/html", headers=HEADERS, status=status)


@lru_cache
def _templates() -> Environment:
    return Environment(
        loader=PackageLoader("bot.web"), autoescape=select_autoescape(), trim_blocks=True, lstrip_blocks=True
    )


@lru_cache
def _style() -> str:
    return _templates().get_template("style.css").render()
