"""Microsoft's list of hosts and ports, as its web service gives it."""

from uuid import UUID

from aiohttp import web

from tests.replicas.base import Replica

HOSTS = [
    "*.lync.com",
    "*.teams.cloud.microsoft",
    "*.teams.microsoft.com",
    "teams.cloud.microsoft",
    "teams.microsoft.com",
]


class EndpointsReplica(Replica):
    """One version of the worldwide list."""

    def __init__(self):
        super().__init__()
        self.version = "2026043000"
        self.hosts = list(HOSTS)
        self.name = "Microsoft Teams"

    def changes(self, version, hosts):
        """A new version of the list."""
        self.version, self.hosts = version, hosts

    def routes(self):
        return [web.get("/version/Worldwide", self._version), web.get("/endpoints/worldwide", self._list)]

    def _refused(self, request):
        try:
            UUID(request.query.get("clientrequestid", ""))
        except ValueError:
            return web.json_response({"message": "clientrequestid is wanted"}, status=400)
        return None

    async def _version(self, request):
        return self._refused(request) or web.json_response({"instance": "Worldwide", "latest": self.version})

    async def _list(self, request):
        shared = {"serviceArea": "Skype", "serviceAreaDisplayName": self.name, "required": True}
        sets = [
            {"id": 11, "ips": ["52.112.0.0/14"], "udpPorts": "3478,3479,3480,3481", "category": "Optimize"},
            {"id": 12, "urls": self.hosts, "tcpPorts": "80,443", "category": "Allow"},
        ]
        common = {"id": 56, "serviceArea": "Common", "urls": ["login.microsoftonline.com"], "tcpPorts": "80,443"}
        return self._refused(request) or web.json_response([*({**one, **shared} for one in sets), common])
