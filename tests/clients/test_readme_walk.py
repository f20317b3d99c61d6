"""README's "Put it into Teams", walked from the first command to the first answer on a machine of its own.

A new virtual environment holds the built wheel (and sees this environment's other packages, so that nothing is
downloaded), the folder is empty, and the environment holds what the chapter tells to set.  Replicas stand in for
Microsoft: token issuer, connector and Graph; a proxy with a certificate stands in for the one before the bot.
"""

import asyncio
import io
import json
import re
import ssl
import subprocess
import sys
import sysconfig
import venv
import zipfile
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest

from bot.clock import MachineClock
from bot.settings_specs import PREFIX
from bot.sources import SOURCES
from tests.replicas.certificate import self_signed
from tests.replicas.connector import Connector
from tests.replicas.graph import GraphReplica
from tests.replicas.identity import APP_ID, APP_SECRET, TENANT, Identity
from tests.replicas.reverse_proxy import ReverseProxy
from tests.teams.activities import activity

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
CHAPTER = (ROOT / "README.md").read_text(encoding="utf-8").split("\n## Put it into Teams\n")[1].split("\n## ")[0]
READY = "ready "
PATIENCE_S = 60.0
NO_SOURCES = ",".join(sorted(set(SOURCES) - {"graph"}))


def told_to_set():
    """The settings of the file that step 4 shows, by name, as they are written there."""
    step = CHAPTER.split("**4. ")[1].split("**5. ")[0]
    return dict(re.findall(rf"^    {PREFIX}([A-Z_]+)=(.*)$", step, re.MULTILINE))


@dataclass(frozen=True, kw_only=True)
class Said:
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def steps(self):
        """Each step that `check` printed as JSON, by its name."""
        return {step["name"]: step for step in json.loads(self.out)["steps"]}

    @property
    def next_click(self):
        """What the first step that is not done wants."""
        return next(
            (f"{step['name']}: {step['says']}: {step['do']}" for step in self.steps.values() if not step["ok"]), ""
        )


@dataclass(frozen=True, kw_only=True)
class Machine:
    """An administrator's machine: an empty folder, the installed program, and what stands in for the world."""

    folder: Path
    program: Path
    identity: Identity
    graph: GraphReplica
    teams: Connector
    proxy: ReverseProxy
    trusted: Path

    def environment(self, **changed):
        """What the chapter tells to set, the places of the stand-ins, and nothing of ours."""
        secret = self.folder / "secret"
        placed = {
            "APP_ID": APP_ID,
            "TENANT_ID": TENANT,
            "APP_SECRET_FILE": str(secret),
            "PUBLIC_URL": self.proxy.url,
            "TRUSTED_PROXIES": "127.0.0.1",
            "DATABASE_URL": f"sqlite:///{self.folder}/state/notjustyou.db",
        }
        assert placed.keys() == told_to_set().keys()
        stand_ins = {
            "LOGIN_URL": self.identity.login_url,
            "OPENID_URL": self.identity.metadata_url,
            "GRAPH_URL": self.graph.url,
            "CA_FILE": str(self.trusted),
            "SOURCES_OFF": NO_SOURCES,
            "PORT": "0",
        }
        settings = {**placed, **stand_ins, **changed}
        return {"HOME": str(self.folder), "PATH": "/usr/bin:/bin"} | {
            f"{PREFIX}{name}": value for name, value in settings.items() if value
        }

    async def starts(self, *argv, **changed):
        return await asyncio.create_subprocess_exec(
            *(self.program, *argv),
            cwd=self.folder,
            env=self.environment(**changed),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )

    async def types(self, *argv, **changed):
        process = await self.starts(*argv, **changed)
        async with asyncio.timeout(PATIENCE_S):
            out, err = await process.communicate()
        return Said(code=process.returncode, out=out.decode(), err=err.decode())

    async def checks(self, **changed):
        return await self.types("check", "teams", "--json", **changed)

    @asynccontextmanager
    async def serving(self):
        """`serve`, with the proxy before it."""
        process = await self.starts("serve")
        try:
            async with asyncio.timeout(PATIENCE_S):
                line = (await process.stdout.readline()).decode()
            assert line.startswith(READY), (await process.stderr.read()).decode()
            self.proxy.to = line.removeprefix(READY).strip()
            yield
        finally:
            if process.returncode is None:
                process.terminate()
            async with asyncio.timeout(PATIENCE_S):
                _, log = await process.communicate()
        assert process.returncode == 0, log.decode()[-2000:]
        assert APP_SECRET not in log.decode()

    async def somebody_writes(self, text, *, signed=True):
        """A message from Teams, through the proxy; the status that Teams gets."""
        trust = ssl.create_default_context(cafile=str(self.trusted))
        service = self.teams.service_url
        headers = {"Authorization": f"Bearer {self.identity.token(service)}"} if signed else {}
        async with (
            aiohttp.ClientSession() as session,
            session.post(
                f"{self.proxy.url}/api/messages",
                json=activity("message", service, text=text),
                headers=headers,
                ssl=trust,
            ) as answer,
        ):
            return answer.status


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    """The command as the wheel installs it into an environment that never saw the checkout."""
    made, place = tmp_path_factory.mktemp("wheel"), tmp_path_factory.mktemp("machine") / "venv"
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(made), str(ROOT)]
    subprocess.run(build, check=True, capture_output=True, cwd=made, timeout=120)  # noqa: S603 - our own words
    [wheel] = made.glob("*.whl")
    venv.create(place, with_pip=False, symlinks=True)
    [packages] = place.glob("lib/python*/site-packages")
    install = [sys.executable, "-m", "pip", "--python", str(place / "bin" / "python"), "install", "--quiet"]
    install += ["--no-deps", "--no-index", str(wheel)]
    subprocess.run(install, check=True, capture_output=True, cwd=made, timeout=120)  # noqa: S603 - our own words
    # Not a site folder: its own .pth files, of which one leads to the checkout, are not read.
    (packages / "others.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return place / "bin" / "notjustyou"


@pytest.fixture
async def machine(program, tmp_path):
    clock, (certificate, trusted) = MachineClock(), self_signed(tmp_path)
    async with AsyncExitStack() as stack:
        identity, teams = Identity(clock), Connector()
        graph = GraphReplica(clock, tenant=TENANT, app=APP_ID, secret=APP_SECRET)
        proxy = ReverseProxy(certificate, to="http://127.0.0.1:9")
        for replica in (identity, teams, graph, proxy):
            await replica.start()
            stack.push_async_callback(replica.stop)
        identity.knows_ids = True
        graph.tokens = identity.issued  # one sign-in service for both
        folder = tmp_path / "empty"
        folder.mkdir()
        yield Machine(
            folder=folder, program=program, identity=identity, graph=graph, teams=teams, proxy=proxy, trusted=trusted
        )


async def test_from_the_first_command_to_the_first_answer(machine):
    await registers_and_sets(machine)
    await lets_teams_in(machine)
    async with machine.serving():
        await passes_the_endpoint_on(machine)
        await makes_the_package(machine)
        await writes_to_it(machine)
        await consents_to_graph(machine)


async def registers_and_sets(machine):
    """Steps 1 to 4: ids, secret and settings, wrong in every way first."""
    secret = machine.folder / "secret"
    said = await machine.checks(APP_ID="", APP_SECRET_FILE="", TENANT_ID="")
    assert "register a bot" in said.next_click
    said = await machine.checks()
    assert (said.code, "APP_SECRET_FILE" in said.err) == (2, True)
    secret.write_text("5b1c0f6e-1111-4c0e-9a57-6f1d7d2a0100\n")
    said = await machine.checks()
    assert (said.code, "APP_SECRET" in said.err) == (2, True)
    secret.write_text("not-the-value\n")
    assert "secret is wrong (AADSTS7000215)" in (await machine.checks()).next_click
    secret.write_text(f"{APP_SECRET}\n")
    assert "ids are swapped (AADSTS90002)" in (await machine.checks(APP_ID=TENANT, TENANT_ID=APP_ID)).next_click
    assert "not in this tenant" in (await machine.checks(APP_ID=APP_ID.replace("b", "c"))).next_click
    machine.identity.refuses = (401, {"error_description": "AADSTS7000222: expired"})
    assert "has expired" in (await machine.checks()).next_click
    machine.identity.refuses = None
    listed = await machine.types("settings", "--plain")
    assert (listed.code, APP_SECRET in listed.out) == (0, False)


async def lets_teams_in(machine):
    """Step 5, before anything runs."""
    assert "not set" in (await machine.checks(PUBLIC_URL="")).next_click
    assert "not https" in (await machine.checks(PUBLIC_URL="http://bot.example.org")).next_click
    assert "nobody whom Microsoft trusts" in (await machine.checks(CA_FILE="")).next_click
    assert "the proxy answers 502" in (await machine.checks()).next_click


async def passes_the_endpoint_on(machine):
    """Step 5 again, with the bot behind a proxy that forgets the endpoint at first."""
    machine.proxy.paths.remove("/api/messages")
    assert "our page is there, but /api/messages answers 404" in (await machine.checks()).next_click
    machine.proxy.paths.add("/api/messages")
    said = await machine.checks()
    assert said.steps["public address"]["ok"]
    assert said.next_click.startswith("last message received: none ever")
    assert "Channels, Microsoft Teams" in said.next_click


async def makes_the_package(machine):
    """Step 6."""
    refused = await machine.types("package", "--app-id", APP_ID, "--domain", "https://bot.example.org")
    assert (refused.code, "--domain" in refused.err) == (2, True)
    made = await machine.types("package", "--app-id", APP_ID, "--domain", "bot.example.org", "--json")
    content = (machine.folder / json.loads(made.out)["file"]).read_bytes()
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        assert json.loads(package.read("manifest.json"))["id"] == APP_ID


async def writes_to_it(machine):
    """Step 8: the first message, which nobody but Teams can bring."""
    assert await machine.somebody_writes("help", signed=False) == 401
    assert await machine.somebody_writes("help") == 200
    await machine.teams.until(1)
    [answer] = machine.teams.sent()
    assert answer["attachments"][0]["contentType"] == "application/vnd.microsoft.card.adaptive"
    said = await _once_noted(machine)
    assert (said.code, said.next_click) == (0, "")


async def consents_to_graph(machine):
    """Step 9."""
    machine.graph.consented = False
    said = await machine.types("check", "graph", "--json")
    assert (said.code, "Grant admin consent" in said.next_click) == (4, True)
    machine.graph.consented = True
    said = await machine.types("check", "graph", "--json")
    assert (said.code, said.next_click) == (0, "")


async def _once_noted(machine):
    """`check teams`, when what the bot heard and said has been written down: a moment after the answer."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            said = await machine.checks()
            if not said.next_click:
                return said


def test_the_walk_was_made_with_what_the_wheel_installed(program, tmp_path):
    where = subprocess.run(  # noqa: S603 - our own words
        [program.parent / "python", "-c", "import bot; print(bot.__file__)"],
        capture_output=True, text=True, check=True, cwd=tmp_path, timeout=60,
    )  # fmt: skip
    assert Path(where.stdout.strip()).is_relative_to(program.parent.parent)
