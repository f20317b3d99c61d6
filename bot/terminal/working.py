"""Commands that wait for something: the network, the database, questions.  One event loop for each."""

import argparse
import asyncio
from concurrent.futures import ThreadPoolExecutor

from bot.clock import MachineClock
from bot.logs import configure_logs
from bot.settings import Settings
from bot.terminal.output import Output


class _Impatient(ThreadPoolExecutor):
    """Where names are looked up.  The loop must not wait at its end for a name server that does not answer."""

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: FBT001, FBT002 - as inherited
        """Let go of threads that are still busy, whatever is asked."""
        del wait, cancel_futures
        super().shutdown(wait=False, cancel_futures=True)


def run(arguments: argparse.Namespace, out: Output, settings: Settings) -> int:
    """Run the command.  Gives its exit code."""
    # A short command prints its answer only: what went wrong is part of the answer.
    level = settings.log_level if arguments.command == "serve" else "error"
    configure_logs(level=level, form=settings.log_format, secrets=settings.secrets)
    return asyncio.run(_run(arguments, out, settings))


async def _run(arguments: argparse.Namespace, out: Output, settings: Settings) -> int:
    given_at = MachineClock().monotonic()
    asyncio.get_running_loop().set_default_executor(_Impatient(thread_name_prefix="look-up"))
    match arguments.command:
        case "serve":
            from bot.terminal import serving

            return await serving.serve(out, settings, drill=arguments.drill, speed=arguments.speed)
        case "ask":
            from bot.terminal import asking

            return await asking.ask(out, settings, " ".join(arguments.text), given_at=given_at)
        case "check":
            from bot.terminal import checking

            return await checking.check(out, settings, arguments.source)
        case "sources":
            return await _sources(arguments, out, settings)
        case "incidents" | "incident" | "deliveries" | "send-test" | "announce":
            return await _about_incidents(arguments, out, settings)
        case _:
            return await _on_database(arguments, out, settings)


async def _sources(arguments: argparse.Namespace, out: Output, settings: Settings) -> int:
    if arguments.egress:
        from bot.terminal import egress

        return egress.egress(out, settings)
    from bot.terminal import listing

    return await listing.sources(out, settings)


async def _on_database(arguments: argparse.Namespace, out: Output, settings: Settings) -> int:
    """What stands in the database: its tables, what persons did, what stands under their ids."""
    if arguments.command in ("migrate", "backup", "restore"):
        from bot.terminal import database

        return await database.run(arguments, out, settings)
    if arguments.command == "forget":
        from bot.terminal import forgetting

        return await forgetting.erase(out, settings, arguments.person, arguments.tenant)
    from bot.terminal import auditing

    if arguments.command == "whoami":
        return auditing.whoami(out, settings)
    return await auditing.audit(out, settings, limit=arguments.limit, tenant=arguments.tenant)


async def _about_incidents(arguments: argparse.Namespace, out: Output, settings: Settings) -> int:
    """What happened, who was told of it, and whether they would be."""
    match arguments.command:
        case "announce":
            from bot.terminal import announcements

            return await announcements.run(out, settings, arguments)
        case "incidents":
            from bot.terminal import incidents

            return await incidents.incidents(out, settings, limit=None if arguments.all else arguments.limit)
        case "incident":
            from bot.cards.ready import Use
            from bot.terminal import incident

            form = incident.Form(
                report=arguments.report,
                text=Use(arguments.text) if arguments.text else None,
                language=arguments.language,
            )
            return await incident.incident(out, settings, arguments.id, form)
        case "deliveries":
            from bot.terminal import deliveries

            return await deliveries.deliveries(out, settings, arguments.id, as_csv=arguments.csv)
        case _:
            from bot.terminal import send_test

            return await send_test.send_test(out, settings, arguments.destination, arguments.tenant)
