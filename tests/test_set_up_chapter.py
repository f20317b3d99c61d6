"""README's "Put it into Teams": what can be copied from it fits the program.  The walk itself is a slow test."""

import re
from pathlib import Path

from bot.manifest.package import TEAM_MEMBERS
from bot.terminal.arguments import parser
from bot.terminal.set_up.graph import READ_HEALTH, READ_PLANS

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")
CHAPTER = README.split("\n## Put it into Teams\n")[1].split("\n## ")[0]
PUBLIC = ("/", "/api/messages", "/privacy", "/terms", "/style.css", "/healthz")
INSIDE = ("/metrics", "/readyz", "/api", "/api/messages/", "/privacy/x", "/stylexcss")


def test_the_proxy_passes_what_people_and_teams_need_and_nothing_else():
    [passed] = re.findall(r"location ~ (\S+) \{", CHAPTER)

    assert all(re.search(passed, path) for path in PUBLIC)
    assert not [path for path in INSIDE if re.search(passed, path)]
    assert "X-Forwarded-For $remote_addr" in CHAPTER  # not appended to what a stranger sent
    assert "NOTJUSTYOU_TRUSTED_PROXIES=127.0.0.1" in CHAPTER


def test_the_unit_may_write_where_the_settings_put_the_database():
    [folder] = re.findall(r"StateDirectory=(\S+)", CHAPTER)
    assert f"NOTJUSTYOU_DATABASE_URL=sqlite:////var/lib/{folder}/" in CHAPTER


def test_every_command_of_the_chapter_can_be_typed():
    typed = re.findall(r"notjustyou((?: [a-z-]+)+)(?=[`\n' ])", re.sub(r"\s+", " ", CHAPTER))
    commands = {words.split()[0] for words in typed}
    assert {"serve", "check", "package", "settings"} <= commands
    parser().parse_args(["package", "--app-id", "x", "--domain", "x", "--out", "x", "--name", "x", "--team-owners"])
    for option in set(re.findall(r"`(--[a-z-]+)", CHAPTER)):
        parser().parse_args(["package", option, *(["1.0.0"] if option != "--team-owners" else [])])


def test_permissions_are_named_as_the_program_asks_for_them():
    for permission in (READ_HEALTH, READ_PLANS, TEAM_MEMBERS):
        assert permission in CHAPTER
