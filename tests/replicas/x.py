"""X's API: counts and search with its two vocabularies, prices, limits and refusals."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from aiohttp import web

from bot.sources.shapes import moment
from tests import secrets_known
from tests.replicas.base import Replica

TOKEN = "x-token-for-tests"  # noqa: S105 - opens nothing
secrets_known.always(TOKEN)
X_EPOCH_MS = 1_288_834_974_657
LAG = timedelta(seconds=30)
PROBLEM = "https://api.x.com/2/problems/"


class Refusal(StrEnum):
    """Ways in which it says no, beside those of every service."""

    CREDITS = "402"
    CAP = "429 cap"
    SPENDING = "403 spending"
    ENROLMENT = "403 enrolment"
    WRONG_KIND = "403 kind"


_BODIES = {
    Refusal.CREDITS: (
        402,
        {"account_id": "1234567890123456789", "title": "CreditsDepleted", "detail": "no", "type": PROBLEM + "credits"},
    ),
    Refusal.CAP: (
        429,
        {"title": "UsageCapExceeded", "detail": "no", "period": "Monthly", "type": PROBLEM + "usage-capped"},
    ),
    Refusal.SPENDING: (403, {"title": "SpendCapReached", "detail": "no", "type": "about:blank"}),
    Refusal.ENROLMENT: (
        403,
        {"title": "Client Forbidden", "reason": "client-not-enrolled", "type": PROBLEM + "client-forbidden"},
    ),
    Refusal.WRONG_KIND: (403, {"title": "Unsupported Authentication", "type": PROBLEM + "unsupported-authentication"}),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """What one of Microsoft's accounts posted."""

    id: str
    text: str
    at: datetime


class XReplica(Replica):
    """`complain(n)` adds posts to the counts, `official(text)` a post; `now` is asked for the time."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        super().__init__()
        self.now = now
        self.refusal: Refusal | None = None
        self.names = "tweet"  # vocabulary of the counts
        self.credits = 1_000_000  # tenths of a cent
        self.limit = 300
        self.spent = 0
        self.moves = True  # the rest of X goes on
        self.pages_counts = False  # counts come in two pages
        self._given: set[tuple[str, date]] = set()  # free for the rest of the day
        self.posts: list[Post] = []
        self._complaints: list[datetime] = []
        self._asked: list[datetime] = []

    def routes(self):
        return [
            web.get("/2/tweets/counts/recent", self.counts),
            web.get("/2/tweets/search/recent", self.search),
        ]

    def complain(self, posts, *, ago=timedelta(minutes=2)):
        """So many people post the hashtag at that moment."""
        self._complaints += [self.now() - ago] * posts

    def official(self, text, *, ago=timedelta(minutes=1)):
        """A post of an account that we follow; its id tells the same moment."""
        at = self.now() - ago
        number = (int(at.timestamp() * 1000) - X_EPOCH_MS << 22) + len(self.posts)
        self.posts.append(Post(id=str(number), text=text, at=at))
        return self.posts[-1]

    async def counts(self, request):
        if (refusal := self._refuse(request)) is not None:
            return refusal
        self._pay(5)
        end = self.now() - LAG
        at = moment(request.query["start_time"])
        complains = "teamsdown" in request.query["query"]
        counted = [at_complaint for at_complaint in self._complaints if at_complaint <= end] if complains else []
        talk = 0 if complains or not self.moves else 7
        minutes = []
        while at < end:
            stop = min(at.replace(second=0, microsecond=0) + timedelta(minutes=1), end)
            posts = talk + sum(at <= complaint < stop for complaint in counted)
            minutes.append({"start": _written(at), "end": _written(stop), f"{self.names}_count": posts})
            at = stop
        total = sum(minute[f"{self.names}_count"] for minute in minutes)
        meta = {f"total_{self.names}_count": total}
        if self.pages_counts:
            first = int(request.query.get("next_token", "0"))
            half = -(-len(minutes) // 2)
            minutes, meta = minutes[first : first + half], meta | ({} if first else {"next_token": str(half)})
        return self._json({"data": minutes, "meta": meta})

    async def search(self, request):
        if (refusal := self._refuse(request)) is not None:
            return refusal
        if not 10 <= int(request.query.get("max_results", "10")) <= 100:
            return self._json({"title": "Invalid Request", "type": PROBLEM + "invalid-request"}, status=400)
        since = moment(request.query["start_time"])
        found = [post for post in reversed(self.posts) if since <= post.at <= self.now() - LAG]
        first, most = int(request.query.get("next_token", "0")), int(request.query.get("max_results", "10"))
        more = {"next_token": str(first + most)} if len(found) > first + most else {}
        found = found[first : first + most]
        self._pay(5 * len([post for post in found if (post.id, self.now().date()) not in self._given]))
        self._given |= {(post.id, self.now().date()) for post in found}
        asked = (request.query.get("tweet.fields", "") + request.query.get("post.fields", "")).split(",")
        posts = [
            {"id": post.id, "text": post.text, "edit_history_tweet_ids": [post.id]}
            | ({"created_at": post.at.strftime("%Y-%m-%dT%H:%M:%S.000Z")} if "created_at" in asked else {})
            for post in found
        ]
        meta = {"result_count": len(posts)} | more
        return self._json({"data": posts, "meta": meta} if posts else {"meta": meta})

    def _refuse(self, request):
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            problem = {"title": "Unauthorized", "type": "about:blank", "status": 401, "detail": "Unauthorized"}
            return self._json(problem, status=401)
        self._asked = [at for at in self._asked if at > self.now() - timedelta(minutes=15)]
        if len(self._asked) >= self.limit:
            return self._json({"title": "Too Many Requests", "type": "about:blank", "status": 429}, status=429)
        self._asked.append(self.now())
        refusal = Refusal.CREDITS if self.credits <= 0 else self.refusal
        if refusal is None:
            return None
        status, body = _BODIES[refusal]
        return self._json(body, status=status)

    def _pay(self, price):
        self.credits -= price
        self.spent += price

    def _json(self, body, status=200):
        reset = (self._asked[0] if self._asked else self.now()) + timedelta(minutes=15)
        headers = {
            "x-rate-limit-limit": str(self.limit),
            "x-rate-limit-remaining": str(max(0, self.limit - len(self._asked))),
            "x-rate-limit-reset": str(int(reset.timestamp())),
            "Set-Cookie": "guest_id=1; Path=/",
        }
        return web.json_response(body, status=status, headers=headers)


def _written(at):
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"
