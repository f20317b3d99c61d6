"""Downdetector: the Enterprise API and the public page, on one address."""

import base64
import json
from datetime import timedelta
from uuid import uuid4

from aiohttp import web

from tests.replicas.base import Replica
from tests.replicas.faults import Fault

BUCKET = timedelta(minutes=15)
BUCKETS = 96


class DowndetectorReplica(Replica):
    """One service, "teams", on the site of one country.  Calm at first: a few reports, as usual."""

    def __init__(self, clock, *, client="dd-client", secret="dd-secret", country="US"):  # noqa: S107 a replica's
        super().__init__()
        self.clock = clock
        self.token = f"{client}:{secret}"  # what SourceSetup.token needs
        self.country = country
        self.state = "success"
        self.reports = 5  # in the last 15 minutes
        self.usual = 6
        self.risen_for = timedelta(0)
        self.problems = {"Server connection": 3, "App": 2}
        self.layout = "new"  # the page's: "new", "old", or any other word for one that nobody knows
        self.state_as_object = False
        self.slug = "teams"
        self.tokens = set()

    def spikes(self, state="danger", *, reports=900, risen_for=timedelta(minutes=30)):
        """Far more people than usual report."""
        self.state, self.reports, self.risen_for = state, reports, risen_for

    def calms_down(self):
        """As on a quiet day."""
        self.state, self.reports, self.risen_for = "success", 5, timedelta(0)

    def challenges(self):
        """A bot check on every path from now on."""
        self.fault = Fault.CHALLENGE

    def routes(self):
        return [
            web.post("/v2/tokens", self._token),
            web.get("/v2/companies/search", self._search),
            web.get("/v2/companies/{id}/{tail:.*}", self._company),
            web.get("/status/{slug}/", self._page),
        ]

    async def _token(self, request):
        wanted = base64.b64encode(self.token.encode()).decode()
        if request.headers.get("Authorization") != f"Basic {wanted}":
            return web.json_response({"error": True, "message": "no"}, status=401)
        token = f"jwt-{uuid4()}"
        self.tokens.add(token)
        return web.json_response({"access_token": token, "token_type": "Bearer", "expires_in": 3600})

    def _refused(self, request):
        if request.headers.get("Authorization", "").removeprefix("Bearer ") in self.tokens:
            return None
        return web.json_response({"error": True, "message": "no"}, status=401)

    async def _search(self, request):
        if refused := self._refused(request):
            return refused
        query = request.query
        found = query.get("slug") == self.slug and query.get("country") == self.country
        company = {"id": 90001, "name": "Microsoft Teams", "slug": self.slug, "country_iso": self.country}
        return web.json_response([company] if found else [])

    async def _company(self, request):
        if refused := self._refused(request):
            return refused
        if request.match_info["id"] != "90001":
            return web.json_response({"error": True, "message": "unknown"}, status=404)
        state = {"status": self.state} if self.state_as_object else self.state
        incident = {
            "id": 5512,
            "created_at": (self.clock.now() - self.risen_for).isoformat(),
            "resolved_at": None,
            "is_active": True,
            "total": self.reports,
        }
        problems = [
            {"slug": name.lower().replace(" ", "-"), "indicator": name, "amount": count, "percentage": 50.0}
            for name, count in self.problems.items()
        ]
        if request.match_info["tail"] == "indicators" and len({"startdate", "enddate"} & set(request.query)) != 2:
            return web.json_response({"error": True, "message": "both dates are wanted", "statusCode": 400}, status=400)
        answers = {
            "indicators": problems,
            "status": state,
            "last_15": self.reports,
            "baseline/current": self.usual,
            "incidents": [incident] if self.state != "success" else [],
        }
        tail = request.match_info["tail"]
        if tail not in answers:
            return web.json_response({"error": True, "message": "unknown"}, status=404)
        return web.json_response(answers[tail])

    async def _page(self, request):
        if request.match_info["slug"] != self.slug:
            return web.Response(status=404, text="<html>not here</html>", content_type="text/html")
        make = {"new": self._new_layout, "old": self._old_layout}.get(self.layout)
        body = make() if make else "<main>nothing that anybody knows</main>"
        return web.Response(text=f"<!DOCTYPE html><html>{body}</html>", content_type="text/html")

    def _buckets(self):
        now = self.clock.now()
        for place in range(BUCKETS, 0, -1):
            begin = now - place * BUCKET
            risen = begin + BUCKET > now - self.risen_for
            yield begin, self.reports if risen or place == 1 else self.usual

    def _new_layout(self):
        points = [
            {"timestampUtc": at.isoformat(), "reportsValue": count, "baselineValue": self.usual}
            for at, count in self._buckets()
        ]
        service = {
            "__typename": "CompanyType",
            "id": "90001",
            "slug": self.slug,
            "stats": {"status": self.state, "chartData": {"dataPoints": points}},
            "lastIndicators": [
                {"localizedName": name, "count": count, "percentage": 50.0, "id": place}
                for place, (name, count) in enumerate(self.problems.items())
            ],
            "comments": [{"username": "somebody", "comment": "works here"}],
        }
        flight = '2a:["$","$L7c",null,' + json.dumps({"service": service}, separators=(",", ":")) + "]\n"
        pieces = [flight[at : at + 1777] for at in range(0, len(flight), 1777)]  # cut anywhere, also inside a field
        return "".join(f"<script>self.__next_f.push([1,{json.dumps(piece)}])</script>" for piece in pieces)

    def _old_layout(self):
        buckets = list(self._buckets())
        reports = ",".join(f"{{ x: '{at.isoformat()}', y: {count} }}" for at, count in buckets)
        usual = ",".join(f"{{ x: '{at.isoformat()}', y: {self.usual} }}" for at, _ in buckets)
        return (
            "<script type='text/javascript'>window.DD.currentServiceProperties = { id: 90001, "
            f"status: '{self.state}', company: 'Teams', min_baseline: 1, max_baseline: 9, series: {{ "
            f"reports: {{ label: 'Reports', data: [{reports}] }}, baseline: {{ label: 'Baseline', data: [{usual}] }} }}"
            " }</script>"
        )
