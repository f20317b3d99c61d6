"""`settings`: every one with its meaning and present value; and what is wrong with them, all at once."""

import dataclasses
import ssl
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from bot.settings import Mistake, Settings, SettingsError, described, read_settings
from bot.terminal.output import Output

DONE, USAGE = 0, 2


def show(out: Output, env: Mapping[str, str]) -> int:
    """Every setting with its meaning, default and present value; secrets as "set".  2 when some can't be used."""
    lines = described(env)
    if out.form == "json":
        out.json([dataclasses.asdict(line) for line in lines])
    else:
        heads = ["setting", "value", "default", "meaning"]
        out.table(heads, [[line.name, line.value, line.default, line.meaning] for line in lines])
    return DONE if read(out, env) is not None else USAGE


def read(
    out: Output, env: Mapping[str, str], *, refused: Callable[[Sequence[Mistake]], None] = lambda _: None
) -> Settings | None:
    """The settings; None when they can't be used, and every mistake is told, to `refused` too."""
    try:
        settings = read_settings(env)
        if settings.ca_file is not None:
            _try_certificates(settings.ca_file)
    except SettingsError as error:
        out.complain("These settings can't be used:", str(error).splitlines())
        refused(error.mistakes)
        return None
    return settings


def _try_certificates(file: Path) -> None:
    try:
        ssl.create_default_context().load_verify_locations(cafile=file)
    except OSError as error:  # an SSLError is one too
        wanted = "a file that can be read, with certificates in PEM form"
        raise SettingsError([Mistake(name="NOTJUSTYOU_CA_FILE", found=repr(str(file)), wanted=wanted)]) from error
