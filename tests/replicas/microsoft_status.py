"""status.cloud.microsoft: its posts and feeds, and Azure's feed, all on one address."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from html import escape
from uuid import uuid4

from aiohttp import web

from tests.replicas.base import Replica

CALM_TEXT = (
    "<div>Nothing to report. Administrators who cannot open their health page find news&nbsp;"
    '<a target="_blank" href="https://x.example/status">elsewhere</a>&nbsp;.</div>'
)
NO_TIME = "0001-01-01T00:00:00+00:00"


@dataclass(kw_only=True)
class Post:
    """What one of the page's posts says."""

    status: str = "Available"
    title: str = ""
    message: str = CALM_TEXT
    written_at: datetime | None = None
    version: str = field(default_factory=lambda: str(uuid4()))  # new with every text


class MicrosoftStatus(Replica):
    """Both posts calm at first; set `mac` or `azure`, or use the verbs."""

    def __init__(self, clock):
        super().__init__()
        self.clock = clock
        self.mac = Post()
        self.azure = Post()
        self.renewed_ago = timedelta(minutes=4)  # how old the page says to be

    def calm(self):
        """Nothing announced anywhere."""
        self.mac, self.azure = Post(), Post()

    def says(self, status, *, impact, current="We're looking into it.", more="", next_update=None):
        """A labelled text.  `next_update`: a moment, written as Microsoft writes it."""
        now = self.clock.now()
        parts = [f"User impact: {impact}", *([f"More info: {more}"] if more else []), f"Current status: {current}"]
        parts.append(f"Start Time: {in_words(now - timedelta(minutes=20))}")
        if next_update is not None:
            parts.append(f"Next update by: {in_words(next_update)}")
        message = "<div>" + "<p>&nbsp;</p>".join(f"<p>{part}</p>" for part in parts) + "</div>"
        self.mac = Post(status=status, message=message, written_at=now)

    def degraded(self, what="Microsoft Teams: messages arrive late.", *, next_update=None):
        """Trouble of several services; `what` is the line of the list that names the one."""
        self.says(
            "Service degradation",
            impact="Users may be unable to use several Microsoft 365 services.",
            more=f"Affected services include, but are not limited to:<br>- {what}<br>- SharePoint Online",
            next_update=next_update,
        )

    def down(self, *, next_update=None):
        """Teams is interrupted."""
        self.says("ServiceInterruption", impact="Users can't use Microsoft Teams.", next_update=next_update)

    def maintenance(self):
        """Planned work on Teams."""
        self.says("Maintenance", impact="Microsoft Teams is being worked on as planned.")

    def admits(self, cause="Azure Front Door", *, status="Service degradation"):
        """Azure names a cause."""
        message = f"<p><strong>Impact:</strong> some requests to {cause} fail.</p>"
        self.azure = Post(status=status, title=f"Trouble with {cause}", message=message, written_at=self.clock.now())

    def restored(self):
        """The trouble of Teams is over."""
        self.says("Service restored", impact="Users were unable to use Microsoft Teams.", current="It is repaired.")

    def puzzles(self):
        """A word that nobody has seen before."""
        self.says("Marginally Wobbly", impact="Users may see Microsoft Teams wobble.")

    def routes(self):
        return [
            web.get("/api/posts/{name}", self._post),
            web.get("/api/feed/{name}", self._feed),
            web.get("/en-us/status/feed/", self._azure_feed),
        ]

    async def _post(self, request):
        post = {"mac": self.mac, "azure": self.azure}.get(request.match_info["name"])
        if post is None:
            return web.Response(status=400, text="That is not a supported service here.")
        now = self.clock.now()
        body = {
            "Id": post.version,
            "AuthoredDateTime": post.written_at.isoformat() if post.written_at else NO_TIME,
            "InternalDateTime": (now - self.renewed_ago).isoformat(),
            "LastUpdatedTime": now.isoformat(),
            "Title": post.title,
            "Message": post.message,
            "Status": post.status,
        }
        return web.json_response(body)

    async def _feed(self, request):
        if request.match_info["name"] != "mac":
            return web.Response(status=400)
        item = (
            f'<item><guid isPermaLink="false">{self.mac.version}</guid><link>https://status.cloud.microsoft/</link>'
            f"<title>Microsoft Admin Center</title><description>{escape(self.mac.message)}</description>"
            f"<pubDate>{mail_time(self.clock.now())}</pubDate><status>{escape(self.mac.status)}</status></item>"
        )
        return self._rss("Microsoft Admin Center Status", item)

    async def _azure_feed(self, _):
        post = self.azure
        item = (
            ""
            if post.status == "Available"
            else (
                f'<item><guid isPermaLink="false">slug</guid><link>https://azure.status.microsoft/</link>'
                f"<title>{escape(post.title)} </title><description>{escape(post.message)}</description>"
                f"<pubDate>{mail_time(post.written_at or self.clock.now())}</pubDate></item>"
            )
        )
        return self._rss("Azure Status", item)

    def _rss(self, title, item):
        text = (
            '<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel>'
            f"<title>{title}</title><link>https://status.cloud.microsoft/</link><description>{title}</description>"
            f"<lastBuildDate>{mail_time(self.clock.now())}</lastBuildDate>{item}</channel></rss>"
        )
        return web.Response(text=text, content_type="text/xml")


def in_words(at):
    """A moment as Microsoft's texts have it."""
    hour = at.hour % 12 or 12
    return f"{at:%A, %B} {at.day}, {at.year}, at {hour}:{at:%M} {'PM' if at.hour >= 12 else 'AM'} UTC"


def mail_time(at):
    """A moment as the feeds have it, with a Z."""
    return f"{at:%a, %d %b %Y %H:%M:%S} Z"
