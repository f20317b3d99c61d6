"""The services that people ask about, one file each in `services/`."""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.content.reading import DataFiles
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


def read_services(files: DataFiles) -> dict[ServiceId, Service]:
    """Every service, checked among each other."""
    services: dict[ServiceId, Service] = {}
    for name in files.names("services", ".toml"):
        id_ = name.removeprefix("services/").removesuffix(".toml")
        service = files.value(name, Service, {**files.toml(name), "id": id_})
        if service:
            services[service.id] = service
    for service in services.values():
        _check(service, services, files)
    return services


def _check(service: Service, services: Mapping[ServiceId, Service], files: DataFiles) -> None:
    where = f"services/{service.id}.toml"
    for other in service.leans_on:
        if other not in services or other == service.id:
            files.note(where, f"leans on {other!r}, which is no other service")
    for word in (*service.aliases, *service.products):
        if word != word.lower().strip() or not word:
            files.note(where, f"{word!r} is not lower case")
    for name, link in service.links.items():
        if not link.startswith("https://"):
            files.note(where, f"link {name} is not https")
    if Feature.ALL not in service.features:
        files.note(where, "lacks the feature 'all'")
