"""Whether requests to the public address arrive at us: what answers there, and if it is somebody else, who.

A request without a token is enough: our own endpoint refuses it in words of its own.
"""

from collections.abc import Mapping
from urllib.parse import urlsplit

import msgspec

from bot.http import FetchError, Page
from bot.http_trouble import Trouble
from bot.terminal.set_up.step import Step, Tools, done, to_do
from bot.transports.teams.transport import PATH

ADDRESS = "public address"
PASSED = "serve with an app id answers there"
_UNAUTHORIZED, _FORBIDDEN, _NOT_FOUND = 401, 403, 404
_OF_THE_PROXY = frozenset({502, 503, 504, 521, 522, 523, 530})
_NO_ANSWER: Mapping[Trouble, tuple[str, str]] = {
    Trouble.DNS: ("its name is not known", "create the DNS record, or correct NOTJUSTYOU_PUBLIC_URL"),
    Trouble.CONNECT: (
        "nothing listens there",
        "start the reverse proxy or tunnel, and let the firewall pass port 443 to it",
    ),
    Trouble.TIMEOUT: ("nothing answers in time", "let the firewall pass port 443 to the reverse proxy"),
    Trouble.TLS: (
        "its certificate is not valid for this name",
        "give the proxy a certificate for exactly this name that has not expired",
    ),
    Trouble.TLS_UNKNOWN_ISSUER: (
        "its certificate comes from nobody whom Microsoft trusts",
        "give the proxy a certificate of a public authority, with its whole chain; a company's own one is not enough",
    ),
    Trouble.REDIRECT: ("it leads elsewhere", f"let the proxy pass {PATH} on as it is, without a redirect or a login"),
    Trouble.PROXY: (
        "the way out of this machine fails, not the bot's address",
        "look at HTTPS_PROXY and NO_PROXY: the check asks from inside",
    ),
}
_OTHERWISE = ("the connection breaks", "look at the proxy's log for this moment")


async def reach_step(tools: Tools) -> Step:
    """The public address, as far as it can be seen from this machine."""
    address = (tools.public_url or "").rstrip("/")
    if not address:
        return to_do(ADDRESS, "not set", "set NOTJUSTYOU_PUBLIC_URL=https://YOUR-HOST, the name that Teams will call")
    if urlsplit(address).scheme != "https":
        do = "put a reverse proxy with a certificate before the bot and set NOTJUSTYOU_PUBLIC_URL=https://YOUR-HOST"
        return to_do(ADDRESS, f"{address} is not https, and Teams calls nothing else", do)
    try:
        page = await tools.fetcher.post(
            "endpoint", address + PATH, headers={"Content-Type": "application/json"}, body=b"{}"
        )
    except FetchError as error:
        says, do = _NO_ANSWER.get(error.trouble, _OTHERWISE)
        return to_do(ADDRESS, f"{address}: {says} ({error.trouble})", do)
    return _ours(page, address) or await _others(page, address, tools)


def _ours(page: Page, address: str) -> Step | None:
    """What our own endpoint says; None when it was somebody else who answered."""
    code = _error_code(page)
    if page.status in (_UNAUTHORIZED, _FORBIDDEN) and code == "NotBelieved":
        return done(ADDRESS, f"{address}{PATH}: {PASSED}, and refuses strangers")
    if page.status == _FORBIDDEN and code == "NotFromHere":
        do = "start serve with the same NOTJUSTYOU_APP_ID, _APP_SECRET and _TENANT_ID that this command sees"
        return to_do(ADDRESS, f"{address}: our serve answers, but runs without an app id", do)
    return None


async def _others(page: Page, address: str, tools: Tools) -> Step:
    """Somebody else answered: who, and what has to be changed there."""
    if page.status in _OF_THE_PROXY:
        do = "start `notjustyou serve`, and let the proxy pass requests on to NOTJUSTYOU_BIND and _PORT"
        return to_do(ADDRESS, f"{address}: the proxy answers {page.status}, it does not reach the bot", do)
    if await _is_alive(address, tools):
        do = f"let the proxy pass {PATH} on to the bot too, method POST, with the path unchanged"
        return to_do(ADDRESS, f"{address}: our page is there, but {PATH} answers {page.status}", do)
    if page.status == _UNAUTHORIZED:
        do = f"let {PATH} through without a login: the bot checks Microsoft's own tokens"
        return to_do(ADDRESS, f"{address}: something before the bot wants a login (401)", do)
    if page.status == _NOT_FOUND:
        do = f"let the proxy pass {PATH} on to the bot, or correct NOTJUSTYOU_PUBLIC_URL"
        return to_do(ADDRESS, f"{address}: another server answers, and knows no {PATH} (404)", do)
    do = "let the name lead to the bot's reverse proxy, or correct NOTJUSTYOU_PUBLIC_URL"
    return to_do(ADDRESS, f"{address}: another server answers ({page.status}), not Notjustyou", do)


async def _is_alive(address: str, tools: Tools) -> bool:
    """Whether `/healthz` is answered as only we answer it."""
    try:
        page = await tools.fetcher.get("health", f"{address}/healthz")
    except FetchError:
        return False
    try:
        said = msgspec.json.decode(page.body)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return False
    return isinstance(said, dict) and "alive" in said


def _error_code(page: Page) -> str:
    try:
        said = msgspec.json.decode(page.body)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return ""
    error = said.get("error") if isinstance(said, dict) else None
    return str(error.get("code", "")) if isinstance(error, dict) else ""
