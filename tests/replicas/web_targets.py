"""The hosts that probes, neutral checks and name checks ask, all on one port: /host/path stands for https://host/path.

Microsoft's list of hosts is here too.
"""

from dataclasses import dataclass, field

from aiohttp import web

from tests.replicas.base import Replica
from tests.replicas.dns import Names
from tests.replicas.endpoints import EndpointsReplica

PLACES = {
    "signin": "/login.microsoftonline.com/common/v2.0/.well-known/openid-configuration",
    "teams_web": "/teams.microsoft.com/",
    "teams_cloud": "/teams.cloud.microsoft/",
    "graph_api": "/graph.microsoft.com/v1.0/me",
    "google": "/connectivitycheck.gstatic.com/generate_204",
    "apple": "/captive.apple.com/hotspot-detect.html",
    "cloudflare": "/www.cloudflare.com/cdn-cgi/trace",
    "x_com": "/x.com/robots.txt",
}
NEUTRAL = ("google", "apple", "cloudflare", "x_com")
DOORS = ("signin", "teams_web", "teams_cloud", "graph_api")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a place says."""

    status: int = 200
    text: str = ""
    content_type: str = "text/html"
    headers: dict[str, str] = field(default_factory=dict)


FRONT_DOOR = Answer(
    status=503,
    text="<!DOCTYPE html><html><head><title>Service unavailable</title></head><body><div id='content'>"
    "<h2>Our services aren't available right now</h2><div id='errorref'><span>0DemoRef000AAAA==</span></div>"
    "</div></body></html>",
    headers={"x-azure-ref": "0DemoRef"},
)
AKAMAI = Answer(
    status=503,
    text="<html><body>An error occurred while processing your request. Reference #97.abc https://errors.edgesuite.net"
    "</body></html>",
    headers={"Server": "AkamaiGHost"},
)
PORTAL = Answer(text="<html><body>Welcome to the hotel. Accept the terms of use.</body></html>")
PORTAL_REDIRECT = Answer(status=302, headers={"Location": "http://portal.hotel.example/login"})
PORTAL_LOGIN = Answer(status=511, text="<html>Log in to the network</html>")
PROXY_LOGIN = Answer(status=407, text="who are you", headers={"Proxy-Authenticate": "Basic"})
PROXY_REFUSAL = Answer(status=403, text="<html>blocked</html>", headers={"Server": "squid/6.6"})
BLOCKED = Answer(status=403, text="<html>refused</html>")
BROKEN = Answer(status=500, text="oops")

SIGNIN_DOCUMENT = (
    '{"token_endpoint":"https://login.microsoftonline.com/common/oauth2/v2.0/token",'
    '"jwks_uri":"https://login.microsoftonline.com/common/discovery/v2.0/keys",'
    '"issuer":"https://login.microsoftonline.com/{tenantid}/v2.0","tenant_region_scope":null}'
)
WELL = {
    "signin": Answer(text=SIGNIN_DOCUMENT, content_type="application/json"),
    "teams_web": Answer(status=302, headers={"Location": "https://teams.cloud.microsoft/"}),
    "teams_cloud": Answer(text="<!DOCTYPE html><html><head><title>Microsoft Teams</title></head></html>"),
    "graph_api": Answer(
        status=401,
        text='{"error":{"code":"InvalidAuthenticationToken","message":"Access token is empty."}}',
        content_type="application/json",
    ),
    "google": Answer(status=204),
    "apple": Answer(text="<HTML><HEAD><TITLE>Success</TITLE></HEAD><BODY>Success</BODY></HTML>\n"),
    "cloudflare": Answer(
        text="fl=000f00\nh=www.cloudflare.com\nip=203.0.113.7\nts=1.2\ncolo=FRA\n", content_type="text/plain"
    ),
    "x_com": Answer(text="User-agent: *\nDisallow: /search\n", content_type="text/plain"),
}


class WebTargets(Replica):
    """Every place is well until it is told otherwise; `faults[PLACES[...]]` plays a fault there."""

    def __init__(self) -> None:
        super().__init__()
        self.answers = dict(WELL)
        self.names, self.list = Names(), EndpointsReplica()
        self._once: dict[str, Answer] = {}
        self._places = {path: place for place, path in PLACES.items()}

    def routes(self):
        return [*self.names.routes(), *self.list.routes(), web.get("/{tail:.*}", self.answer)]

    def says(self, answer: Answer, *places: str) -> None:
        """These places answer so from now on."""
        self.answers |= dict.fromkeys(places, answer)

    def says_once(self, answer: Answer, place: str) -> None:
        """This place answers so one time."""
        self._once[place] = answer

    def fails(self, fault, *places: str) -> None:
        """These places fail in this way."""
        self.faults |= {PLACES[place]: fault for place in places}

    def heals(self) -> None:
        """All is well."""
        super().heals()
        self.answers = dict(WELL)

    async def answer(self, request):
        place = self._places.get(request.path)
        if place is None:
            return web.Response(status=404)
        said = self._once.pop(place, self.answers[place])
        return web.Response(
            status=said.status,
            text=None if said.status == 204 else said.text,
            content_type=said.content_type,
            headers=said.headers,
        )
