"""Every setting with its meaning, default and form: the one list that reading, `notjustyou settings` and README share.

Names stand without their prefix.  A default is written as an operator would write it; an empty one means "not set".
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from bot import settings_values as form
from bot.settings_clouds import CLOUDS, PUBLIC
from bot.settings_spec import PREFIX, SOURCE_IDS, Spec, source_specs
from bot.settings_specs_announcing import ANNOUNCING
from bot.settings_specs_server import SERVER
from bot.settings_ways import standing_in, ways

__all__ = ["CLOUD", "PREFIX", "SOURCE_IDS", "SPECS", "Spec", "of_cloud", "source_specs"]

CLOUD = Spec(
    name="CLOUD",
    meaning="Microsoft's cloud in which all of this lives (GCC: public); addresses that are not set follow from it",
    read=form.one_of(*CLOUDS),
    default=PUBLIC,
)
_ADDRESSES = CLOUDS[PUBLIC].defaults

_TEAMS = (
    Spec(
        name="APP_ID",
        meaning="application id of the bot registration",
        read=form.guid,
        per_tenant=True,
        inherited=False,
        quiet=True,
    ),
    Spec(name="APP_SECRET", meaning="its client secret", read=form.line, secret=True, per_tenant=True, inherited=False),
    Spec(
        name="APP_TYPE",
        meaning="how the bot proves itself",
        read=form.one_of("single_tenant", "managed_identity"),
        default="single_tenant",
        per_tenant=True,
    ),
    Spec(
        name="TENANT_ID",
        meaning="directory id of the bot registration",
        read=form.guid,
        per_tenant=True,
        inherited=False,
        quiet=True,
    ),
    CLOUD,
    Spec(
        name="LOGIN_URL",
        meaning="sign-in service that gives out our tokens",
        read=form.guarded_url,
        default=_ADDRESSES["LOGIN_URL"],
    ),
    Spec(
        name="OPENID_URL",
        meaning="where the keys of incoming tokens are named",
        read=form.guarded_url,
        default=_ADDRESSES["OPENID_URL"],
    ),
    Spec(
        name="MANAGED_IDENTITY_URL",
        meaning="where a managed identity asks for tokens; empty: IDENTITY_ENDPOINT, else the machine's own address",
        read=form.metadata_url,
    ),
    Spec(
        name="MANAGED_IDENTITY_SECRET",
        meaning="header that address wants to see; empty: IDENTITY_HEADER",
        read=form.line,
        secret=True,
    ),
    Spec(
        name="SERVICE_HOSTS",
        meaning="exact hosts that may receive our token",
        read=form.hosts,
        default=_ADDRESSES["SERVICE_HOSTS"],
        many=True,
    ),
    Spec(
        name="LIMIT_PER_TENANT",
        meaning="calls to the chat platform in a second, per app and tenant",
        read=form.whole(1, 10_000),
        default="50",
    ),
    Spec(
        name="LIMIT_KEPT_FOR_ANSWERS",
        meaning="of these, how many no alert uses",
        read=form.whole(0, 1000),
        default="2",
    ),
    Spec(
        name="LIMITS_PER_CONVERSATION",
        meaning="sends to one conversation, each as SENDS/SECONDS",
        read=form.windows,
        default="7/1 8/2 60/30 1800/3600",
    ),
)

_SOURCES = (
    Spec(
        name="GRAPH_URL",
        meaning="Microsoft Graph of your cloud",
        read=form.guarded_url,
        default=_ADDRESSES["GRAPH_URL"],
        per_tenant=True,
    ),
    Spec(
        name="SOURCES_ON",
        meaning="sources to switch on beside the default ones",
        read=form.source_ids,
        absent=frozenset(),
        many=True,
    ),
    Spec(
        name="SOURCES_OFF",
        meaning="sources to switch off",
        read=form.source_ids,
        absent=frozenset(),
        many=True,
        per_tenant=True,
    ),
    Spec(
        name="BLIND_AFTER_S",
        meaning="how long an important source may be blind before operators are told",
        read=form.seconds(1, 604_800),
        default="1800",
    ),
    Spec(
        name="CONFIRM_AFTER_S",
        meaning="how long signs that only one kind of witness sees must last to count as an incident",
        read=form.seconds(0, 3_600),
        default="240",
    ),
    Spec(
        name="RECOVER_HOLD_S",
        meaning="how long all must be well before an incident counts as recovering",
        read=form.seconds(0, 7_200),
        default="600",
    ),
    Spec(
        name="SOURCE_X_CAP_USD",
        meaning="what X may cost in a calendar month, in US$; begun in mid month, only the share of its remaining days",
        read=form.number(0, 100_000),
        default="75",
    ),
    Spec(
        name="TEST_SITE",
        meaning="site outside your company that people are asked to open as a test",
        read=form.host,
        default="x.com",
        per_tenant=True,
    ),
)

_PEOPLE = (
    Spec(
        name="ADMINS",
        meaning="directory object ids of persons who may do everything",
        read=form.guids,
        absent=frozenset(),
        many=True,
        per_tenant=True,
        inherited=False,
    ),
    Spec(
        name="HELPDESK",
        meaning="directory object ids of help desk members",
        read=form.guids,
        absent=frozenset(),
        many=True,
        per_tenant=True,
        inherited=False,
    ),
    Spec(
        name="ANNOUNCERS",
        meaning="directory object ids of persons who may announce",
        read=form.guids,
        absent=frozenset(),
        many=True,
        per_tenant=True,
        inherited=False,
    ),
    Spec(
        name="APPROVERS",
        meaning="directory object ids of persons who approve announcements",
        read=form.guids,
        absent=frozenset(),
        many=True,
        per_tenant=True,
        inherited=False,
    ),
    Spec(name="LANGUAGE", meaning="the organisation's language", read=form.language, default="en", per_tenant=True),
    Spec(name="ZONE", meaning="the organisation's time zone", read=form.zone, default="UTC", per_tenant=True),
    Spec(
        name="SITES",
        meaning="names of the organisation's places, offered in lists",
        read=form.words,
        absent=(),
        many=True,
        per_tenant=True,
    ),
    Spec(
        name="AT_WORK",
        meaning="whether the network of those who ask is run by IT",
        read=form.yes_or_no,
        default="yes",
        per_tenant=True,
    ),
    Spec(
        name="IT_CONTACT", meaning="mail address, or words that say how IT is reached", read=form.line, per_tenant=True
    ),
    Spec(name="TICKET_URL", meaning="address of the form for a new ticket", read=form.web_url, per_tenant=True),
    Spec(
        name="FALLBACKS",
        meaning="ways beside Teams, one a line or separated by commas: an Apprise address, or NAME (OPTIONS) = ADDRESS",
        read=ways,
        placed=standing_in,
        absent=(),
        secret=True,
        many=True,
        per_tenant=True,
    ),
    Spec(
        name="SUBSCRIBE_BY",
        meaning="who decides what a channel is told: any member of it, or owners of its team and admins",
        read=form.one_of("members", "owners"),
        default="members",
        per_tenant=True,
    ),
    Spec(
        name="HELPDESK_CHANNELS",
        meaning="the help desk's own conversations (“whoami” there shows the id) or ways (way:NAME), told first",
        read=form.words,
        absent=(),
        many=True,
        per_tenant=True,
        inherited=False,
    ),
    Spec(
        name="ME_TOO_FOR_ORG",
        meaning="colleagues with the same trouble within 15 minutes whose word counts in full for the organisation",
        read=form.whole(2, 10_000),
        default="5",
        per_tenant=True,
    ),
    Spec(
        name="SURE_FROM",
        meaning="confidence below which no step is shown that ends a session or loses drafts",
        read=form.number(0.5, 1),
        default="0.8",
    ),
)

_RETENTION = tuple(
    Spec(name=f"RETENTION_{what}_DAYS", meaning=f"days to keep {meaning}", read=form.days, default=default)
    for what, meaning, default in (
        ("OBSERVATIONS", "what sources said, once it is no longer believed", "7"),
        ("ANSWERS", "answers, which the buttons on their cards need", "30"),
        ("REPORTS", "me-too reports, own tests and results of steps (by daily code, never by name)", "30"),
        ("CONVERSATIONS", "conversations that the bot was removed from", "30"),
        ("AUDIT", "who did what with a role", "365"),
        ("INCIDENTS", "incidents, once they are over", "365"),
        ("DELIVERIES", "what was told to whom, since the last news of it", "90"),
        ("ANNOUNCEMENTS", "announcements, once nothing of them is still to come", "365"),
    )
)

SPECS: tuple[Spec, ...] = (*SERVER, *_TEAMS, *_SOURCES, *_PEOPLE, *ANNOUNCING, *_RETENTION)


def of_cloud(cloud: str, specs: Iterable[Spec]) -> Iterator[Spec]:
    """These settings, with the addresses of that cloud for defaults."""
    addresses = CLOUDS.get(cloud.lower(), CLOUDS[PUBLIC]).defaults
    for spec in specs:
        yield replace(spec, default=addresses[spec.name]) if spec.name in addresses else spec
