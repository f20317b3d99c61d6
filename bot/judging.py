"""From the parts to what judging needs: whose verdicts become incidents, by which thresholds, and what steps cause."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from bot.announcing import holding_back
from bot.assembly import Parts
from bot.domain.lifecycle import Thresholds
from bot.domain.observation import TenantId
from bot.domain.outcome import Policy
from bot.jobs.consequences import correct, refresh_answers, tell_back, wait_on
from bot.jobs.incidents import Changed, Judging
from bot.settings import Settings
from bot.store import conversations, subscriptions
from bot.store.engine import Store

READ_EVERY = timedelta(seconds=30)  # a new conversation is judged for as late as that


def judging_of(parts: Parts, changed: Changed) -> Judging:
    """`changed`: called when there is something to deliver to a tenant."""
    desk, settings = parts.desk, parts.settings

    def policy_of(tenant: TenantId | None) -> Policy:
        return desk.house_of(tenant).policy

    def thresholds_of(tenant: TenantId | None) -> Thresholds:
        return Thresholds(
            confirm_after=settings.confirm_after,
            recover_hold=settings.recover_hold,
            colleagues_to_open=policy_of(tenant).colleagues_for_org,
        )

    return Judging(
        policy_of=policy_of,
        thresholds_of=thresholds_of,
        tenants=everybody(parts.store, settings),
        services=tuple(desk.catalogue.services),
        changed=changed,
        consequences=(tell_back, wait_on, correct, refresh_answers(desk.answers.marked.set)),
        write_down=desk.answers.recent.flush,
        holds=holding_back(settings).holds,
        drill=desk.drill is not None,
    )


def everybody(store: Store, settings: Settings) -> Callable[[datetime], Awaitable[tuple[TenantId | None, ...]]]:
    """The public, each tenant of the settings, and each that has a conversation or a subscription."""
    configured = [TenantId(tenant.tenant_id) for tenant in settings.tenants if tenant.tenant_id]
    known: tuple[TenantId | None, ...] = ()
    read_at: datetime | None = None

    async def tenants(now: datetime) -> tuple[TenantId | None, ...]:
        nonlocal known, read_at
        if read_at is None or not read_at <= now < read_at + READ_EVERY:
            async with store.reading() as db:
                found = [*await conversations.tenants(db), *await subscriptions.tenants(db)]
            known, read_at = tuple(dict.fromkeys([None, *configured, *found])), now
        return known

    return tenants
