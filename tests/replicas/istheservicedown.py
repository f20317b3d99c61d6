"""IsTheServiceDown's page about one service, in each layout that was seen."""

from aiohttp import web

from tests.replicas.base import Replica

WORDS = {
    "no": ("No problems detected", "normal"),
    "some": ("Some problems detected", "some"),
    "problems": ("Problems detected", "major"),
}
PATH = "/problems/microsoft-teams"


class IsTheServiceDownReplica(Replica):
    """A page about Microsoft Teams: nothing is reported until told otherwise."""

    def __init__(self):
        super().__init__()
        self.state = "no"
        self.title = "Microsoft Teams"
        self.layout = "2026"  # or "2025", "2023", or any other word for one that nobody knows

    @property
    def page(self):
        """The address that an operator would set."""
        return f"{self.url}{PATH}"

    def routes(self):
        return [web.get(PATH, self._page)]

    async def _page(self, request):
        headline, word = WORDS[self.state]
        detail = "Users are reporting problems related to: login, messaging and calls."
        parts = {
            "2026": f'<div><p class="text-lg font-medium text-yellow-700">{headline}</p>\n'
            f'<p class="text-sm text-secondary">{detail}</p></div>'
            '<ul class="inline-list-bullet"><li>Login <span>(46%)</span></li></ul>',
            "2025": f"<h2>{headline} at {self.title}</h2><p>Somebody: no problems here</p>",
            "2023": f'<div class="service-status-alert-box service-status-alert-{word}">'
            f'<h2 class="status-summary">{headline}: login.</h2></div>',
        }
        body = parts.get(self.layout, "<main><p>Nothing that anybody knows</p></main>")
        head = f"<title>{self.title} down? Current problems and outages</title>"
        page = (
            f'<!doctype html><html lang="en"><head>{head}</head><body><h1>{self.title} outage</h1>{body}</body></html>'
        )
        return web.Response(text=page, content_type="text/html")
