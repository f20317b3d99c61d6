"""A vendor's status page in Statuspage's form, on one address.  All is well until told otherwise."""

from datetime import timedelta

from aiohttp import web

from tests.replicas.base import Replica


class StatuspageReplica(Replica):
    """One page: a group with two components."""

    def __init__(self, clock):
        super().__init__()
        self.clock = clock
        self.indicator, self.description = "none", "All Systems Operational"
        self.components = {"Web": "operational", "Git": "operational"}
        self.incidents = []
        self.windows = []

    def breaks(self, indicator="major", *, name="Requests fail", impact=None):
        """An incident opens."""
        self.indicator, self.description = indicator, "Partial System Outage"
        self.components["Git"] = "partial_outage"
        self.incidents.append(self._entry("i1", name, "investigating", impact or indicator))

    def plans(self, *, begins=timedelta(hours=2), lasts=timedelta(hours=1), status="scheduled"):
        """Work is planned."""
        at = self.clock.now() + begins
        times = {"scheduled_for": stamp(at), "scheduled_until": stamp(at + lasts)}
        self.windows.append(self._entry("m1", "Database work", status, "maintenance") | times)

    def routes(self):
        return [web.get("/api/v2/summary.json", self._summary)]

    def _entry(self, key, name, status, impact):
        now = stamp(self.clock.now())
        update = {"id": "u1", "status": status, "body": "We are looking into it.", "created_at": now}
        times = dict.fromkeys(("created_at", "started_at", "updated_at"), now)
        entry = {"id": key, "name": name, "status": status, "impact": impact, "components": []}
        return entry | times | {"incident_updates": [update], "shortlink": f"https://stspg.example/{key}"}

    async def _summary(self, request):
        now = stamp(self.clock.now())
        group = {"id": "g1", "name": "All", "status": "operational", "group": True, "components": ["c0", "c1"]}
        rows = [
            {"id": f"c{place}", "name": name, "status": status, "group": False, "updated_at": now}
            for place, (name, status) in enumerate(self.components.items())
        ]
        body = {
            "page": {"id": "p1", "name": "Example", "url": "https://status.example", "updated_at": now},
            "status": {"indicator": self.indicator, "description": self.description},
            "components": [group, *rows],
            "incidents": self.incidents,
            "scheduled_maintenances": self.windows,
        }
        answer = web.json_response(body, headers={"Cache-Control": "max-age=0"})
        answer.etag = f"{abs(hash(str(body)))}"
        if request.if_none_match and any(mark.value == answer.etag.value for mark in request.if_none_match):
            return web.Response(status=304, headers={"ETag": answer.headers["ETag"]})
        return answer


def stamp(at):
    """A moment as Statuspage has it."""
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}Z"
