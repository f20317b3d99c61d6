"""Three name servers on one port, which speak JSON over HTTP: the place's own, Cloudflare's and Google's."""

from aiohttp import web

from tests.replicas.base import Replica

PATHS = {
    "system": "/resolver/",
    "cloudflare": "/1.1.1.1/dns-query",
    "google": "/8.8.8.8/resolve",
}
EVERYWHERE = "52.113.194.132"
CODES = {"no answer": 2, "no such name": 3, "refused": 5}


class Names(Replica):
    """Every name is found by everybody, until told otherwise."""

    def __init__(self):
        super().__init__()
        self.answers = {}  # (who, name or "") -> an address, a word of CODES, or "no address"
        self._who = {path: who for who, path in PATHS.items()}

    def routes(self):
        return [web.get(path, self._resolve) for path in PATHS.values()]

    def says(self, answer, *who, name=""):
        """These answer so from now on: of one name, or of all."""
        self.answers |= {(each, name): answer for each in who}

    def fails(self, fault, *who):
        """These fail in this way."""
        self.faults |= {PATHS[each]: fault for each in who}

    def asked_of(self, who):
        """The names that this one was asked for."""
        return [call.query["name"] for call in self.calls if call.path == PATHS[who]]

    async def _resolve(self, request):
        who, name = self._who[request.path], request.query.get("name", "")
        said = self.answers.get((who, name)) or self.answers.get((who, "")) or EVERYWHERE
        body = {"Status": CODES.get(said, 0), "TC": False, "RD": True, "Question": [{"name": f"{name}.", "type": 1}]}
        if said not in CODES and said != "no address":
            alias = {"name": f"{name}.", "type": 5, "TTL": 300, "data": "edge.demo-msedge.example."}
            body["Answer"] = [alias, {"name": alias["data"], "type": 1, "TTL": 60, "data": said}]
        return web.json_response(
            body, content_type="application/dns-json" if who == "cloudflare" else "application/json"
        )
