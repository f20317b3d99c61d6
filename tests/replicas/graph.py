"""Microsoft Graph's service communications and the token endpoint that goes with it, on one address."""

import base64
import json
import re
from datetime import datetime, timedelta
from urllib.parse import parse_qs
from uuid import uuid4

from aiohttp import web

from tests.replicas.base import Replica
from tests.replicas.microsoft_status import in_words

PATH = "/v1.0/admin/serviceAnnouncement"
SERVICES = {
    "Exchange Online": "Exchange",
    "Microsoft Teams": "microsoftteams",
    "Microsoft Entra": "OrgLiveID",
    "Microsoft 365 suite": "OSDPPlatform",
    "Microsoft Clipchamp ": "clipchamp",
}


class GraphReplica(Replica):
    """One tenant, one app.  All services are operational and no issue is open until told otherwise."""

    def __init__(self, clock, *, tenant="11111111-0000-4000-8000-000000000001", app="app-1", secret="s3cret"):  # noqa: S107 a replica's
        super().__init__()
        self.clock = clock
        self.tenant, self.app, self.secret = tenant, app, secret
        self.lives = timedelta(seconds=3599)
        self.consented = True
        self.refusal = None  # an AADSTS number that the token endpoint answers with
        self.overview = dict.fromkeys(SERVICES, "serviceOperational")
        self.issues = {}
        self.messages = []
        self.may_read_messages = True
        self.page_size = 100
        self.members = {}  # group -> directory id -> whether an owner
        self.may_read_members = True
        self.foreign_next = ""  # a next link to somewhere else
        self.tokens = set()
        self.roles = None  # names of permissions: then tokens can be read, as Microsoft's mostly can
        self.denies = None  # status, code and message with which every list is refused

    @property
    def setup(self):
        """What SourceSetup.extra and url need."""
        return {
            "url": self.url,
            "extra": {
                "tenant_id": self.tenant,
                "app_id": self.app,
                "app_secret": self.secret,
                "login_url": self.url,
            },
        }

    def opens(self, issue="TM9000002", *, service="Microsoft Teams", **fields):
        """An issue opens, an incident unless told otherwise; gives its record, which may be changed."""
        now = self.clock.now()
        record = {
            "startDateTime": stamp(now - timedelta(minutes=30)),
            "endDateTime": None,
            "lastModifiedDateTime": stamp(now),
            "title": "Users may be unable to send chat messages or join meetings in Microsoft Teams",
            "id": issue,
            "impactDescription": "Users can't send messages or join meetings.",
            "classification": "incident",
            "origin": "microsoft",
            "status": "serviceDegradation",
            "service": service,
            "feature": "General",
            "featureGroup": "Teams Components",
            "isResolved": False,
            "highImpact": None,
            "details": [],
            "posts": [],
        } | fields
        self.issues[issue] = record
        self.overview[service] = record["status"]
        self.posts_in(issue, "We're looking at a rise in failed requests.")
        return record

    def posts_in(self, issue, current, *, next_update=None):
        """A new post in an issue, which touches it."""
        now = self.clock.now()
        record = self.issues[issue]
        parts = [
            f"Title: {record['title']}",
            f"User impact: {record['impactDescription']}",
            f"Current status: {current}",
        ]
        if next_update is not None:
            parts.append(f"Next update by: {in_words(next_update)}")
        text = "\r\n\r\n".join(parts)
        record["posts"].append(
            {
                "createdDateTime": stamp(now),
                "postType": "regular",
                "description": {"contentType": "html", "content": text},
            }
        )
        record["lastModifiedDateTime"] = stamp(now)

    def closes(self, issue):
        """An issue is over."""
        now = self.clock.now()
        self.issues[issue] |= {
            "status": "serviceRestored",
            "isResolved": True,
            "endDateTime": stamp(now),
            "lastModifiedDateTime": stamp(now),
        }
        self.overview[self.issues[issue]["service"]] = "serviceOperational"

    def haunts(self, issue):
        """A closed issue is suddenly open again, untouched: seen in real records around a large outage."""
        self.issues[issue] |= {"status": "serviceDegradation", "isResolved": False}

    def plans(self, message="MC9000001", *, title="Maintenance of the phone system", text, **fields):
        """A message about a planned change arrives."""
        now = stamp(self.clock.now())
        record = {
            "startDateTime": now,
            "endDateTime": stamp(self.clock.now() + timedelta(days=60)),
            "lastModifiedDateTime": now,
            "title": title,
            "id": message,
            "category": "planForChange",
            "severity": "normal",
            "tags": ["User impact"],
            "services": ["Microsoft Teams"],
            "details": [],
            "body": {"contentType": "html", "content": text},
        }
        self.messages.append(record | fields)

    def routes(self):
        return [
            web.post("/{tenant}/oauth2/v2.0/token", self._token),
            web.get(f"{PATH}/healthOverviews", self._overviews),
            web.get(f"{PATH}/issues", self._issues),
            web.get(f"{PATH}/messages", self._messages),
            web.get("/v1.0/teams/{group}/members", self._members),
        ]

    async def _token(self, request):
        form = {name: values[0] for name, values in parse_qs((await request.read()).decode()).items()}
        wrong = form.get("client_secret") != self.secret or form.get("client_id") != self.app
        known = request.match_info["tenant"] == self.tenant
        code = self.refusal or (None if known else 90002) or (7000215 if wrong else None)
        if code is not None:
            said = {
                "error": "invalid_client",
                "error_description": f"AADSTS{code}: Refused. Trace ID: {uuid4()} Correlation ID: {uuid4()}",
                "error_codes": [code],
            }
            return web.json_response(said, status=401 if code == 7000215 else 400)
        if not form.get("scope", "").endswith("/.default") or form.get("grant_type") != "client_credentials":
            return web.json_response({"error": "invalid_scope", "error_codes": [1002012]}, status=400)
        token = f"token-{uuid4()}"
        if self.roles is not None:
            said = base64.urlsafe_b64encode(json.dumps({"roles": self.roles, "jti": token}).encode()).decode()
            token = f"e30.{said.rstrip('=')}.sig"
        self.tokens.add(token)
        life = int(self.lives.total_seconds())
        return web.json_response(
            {"token_type": "Bearer", "expires_in": life, "ext_expires_in": life, "access_token": token}
        )

    def _refused(self, request):
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if token not in self.tokens:
            return error(401, "InvalidAuthenticationToken")
        if self.denies is not None:
            return error(*self.denies)
        return None if self.consented else error(403, "Forbidden")

    async def _overviews(self, request):
        if refused := self._refused(request):
            return refused
        rows = [
            {"service": name, "status": self.overview[name], "id": SERVICES[name]}
            for name in self.overview
            if name in SERVICES
        ]
        return web.json_response({"@odata.context": "healthOverviews", "value": rows})

    async def _messages(self, request):
        if not self.may_read_messages:
            return error(403, "Forbidden")
        return self._refused(request) or self._listed(request, self.messages)

    async def _members(self, request):
        if not self.may_read_members:
            return error(403, "Forbidden")
        records = [
            {
                "@odata.type": "#microsoft.graph.aadUserConversationMember",
                "id": f"membership-{person}",
                "roles": ["owner"] if owner else [],
                "displayName": "N.N.",
                "userId": person,
            }
            for person, owner in self.members.get(request.match_info["group"], {}).items()
        ]
        return self._refused(request) or self._listed(request, records, told_how_many=False)

    async def _issues(self, request):
        return self._refused(request) or self._listed(request, list(self.issues.values()))

    def _listed(self, request, records, *, told_how_many=True):
        chosen = filtered(records, request.query.get("$filter", ""))
        if chosen is None:
            return error(400, "BadRequest")
        skip = int(request.query.get("$skip", "0"))
        body = {"@odata.context": "issues", "value": chosen[skip : skip + self.page_size]}
        if self.foreign_next:
            body["@odata.nextLink"] = self.foreign_next
        elif skip + self.page_size < len(chosen) and not (told_how_many and "$top" in request.query):
            query = {**request.query, "$skip": str(skip + self.page_size)}
            body["@odata.nextLink"] = str(request.url.with_scheme("http").with_query(query))
        return web.json_response(body, dumps=json.dumps)


def filtered(issues, wanted):
    """The filters that this replica knows; None for any other."""
    if not wanted:
        return issues
    if wanted == "isResolved eq false":
        return [issue for issue in issues if not issue["isResolved"]]
    if match := re.fullmatch(r"lastModifiedDateTime ge (\S+)", wanted):
        since = datetime.fromisoformat(match[1])
        return [issue for issue in issues if datetime.fromisoformat(issue["lastModifiedDateTime"]) >= since]
    return None


def error(status, code, message=""):
    """Graph's one shape of error."""
    body = {"error": {"code": code, "message": message, "innerError": {"request-id": str(uuid4())}}}
    return web.json_response(body, status=status)


def stamp(at):
    """A moment as Graph has it: fractions without their trailing zeros."""
    text = f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}".rstrip("0").rstrip(".")
    return f"{text}Z"
