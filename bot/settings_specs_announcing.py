"""Settings of planned announcements."""

from bot import settings_values as form
from bot.settings_spec import Spec

ANNOUNCING = (
    Spec(
        name="ANNOUNCE_APPROVAL_FROM",
        meaning="number of conversations from which an announcement needs a second person's yes; 0: never",
        read=form.whole(0, 1_000_000),
        default="50",
        per_tenant=True,
    ),
    Spec(
        name="ANNOUNCE_ALERTS",
        meaning="alerts that an announced window explains: hold them back, or fold them into its card",
        read=form.one_of("hold", "fold"),
        default="hold",
        per_tenant=True,
    ),
    Spec(
        name="ANNOUNCE_GRACE_S",
        meaning="how late an announcement is still told that was missed while we did not run, unless it says otherwise",
        read=form.seconds(0, 604_800),
        default="3600",
    ),
    Spec(
        name="ANNOUNCE_CLOSEST_S",
        meaning="shortest time between two times of a recurring announcement",
        read=form.seconds(60, 604_800),
        default="3600",
    ),
    Spec(
        name="IMPORT_PLANNED",
        meaning="work planned by others (message center, status pages): off, kept as drafts, or sent by itself",
        read=form.one_of("off", "draft", "send"),
        default="draft",
        per_tenant=True,
    ),
)
