"""The services that people ask about, one file each in `services/`."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources

from bot.content.reading import Mistakes
from bot.domain.observation import Feature, ServiceId


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """What people ask about; its name is the text service.<id>."""

    id: ServiceId
    aliases: tuple[str, ...]  # what people call it, lower case
    products: tuple[str, ...]  # words by which sources name it, lower case
    features: tuple[Feature, ...]
    incident_prefixes: tuple[str, ...] = ()  # how the vendor's incident ids begin: "TM"
    leans_on: tuple[ServiceId, ...] = ()  # whose trouble explains trouble here
    links: Mapping[str, str]  # "status_page", "x_search", "downdetector", "istheservicedown"


def read_services(mistakes: Mistakes) -> dict[ServiceId, Service]:
    """Every service, checked among each other."""
    services: dict[ServiceId, Service] = {}
    folder = resources.files("bot.content") / "services"
    for file in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if file.name.endswith(".toml"):
            name = f"services/{file.name}"
            table = {**mistakes.toml(name), "id": file.name.removesuffix(".toml")}
            service = mistakes.value(name, Service, table)
            if service:
                services[service.id] = service
    for service in services.values():
        _check(service, services, mistakes)
    return services


def _check(service: Service, services: Mapping[ServiceId, Service], mistakes: Mistakes) -> None:
    where = f"services/{service.id}.toml"
    for other in service.leans_on:
        if other not in services or other == service.id:
            mistakes.add(where, f"leans on {other!r}, which is no other service")
    for word in (*service.aliases, *service.products):
        if word != word.lower().strip() or not word:
            mistakes.add(where, f"{word!r} is not lower case")
    for name, link in service.links.items():
        if not link.startswith("https://"):
            mistakes.add(where, f"link {name} is not https")
    if Feature.ALL not in service.features:
        mistakes.add(where, "lacks the feature 'all'")
