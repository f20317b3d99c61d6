"""Which hosts a way contacts: for a firewall, and without a key."""

import pytest

from bot.transports.way_hosts import hosts_of


@pytest.mark.parametrize(
    ("address", "hosts"),
    [
        ("ntfy://topic-is-a-key", [("ntfy.sh", 443)]),
        ("ntfy://own.example.org/topic", [("own.example.org", 80)]),
        ("mailtos://user:secret@gmail.com?to=a@example.org", [("smtp.gmail.com", 587)]),
        ("mailto://127.0.0.1:2525?from=a@example.org&to=b@example.org&smtp=127.0.0.1", [("127.0.0.1", 2525)]),
        ("jsons://hooks.example.org/key", [("hooks.example.org", 443)]),
        ("json://127.0.0.1:8080/key", [("127.0.0.1", 8080)]),
        ("pagerduty://A1BRTD4JD@TIiajkdnlazkcOXrIdevi7FQ", [("pagerduty.com", 443)]),
        ("tgram://123456789:abcdefg_hijklmnop/12315544", [("api.telegram.org", 443)]),
        ("discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js", [("discord.com", 443)]),
        ("carrierpigeon://loft-is-a-key", []),
    ],
)
def test_the_host_is_told_and_not_what_stands_in_its_place(address, hosts):
    assert list(hosts_of(address)) == hosts


def test_an_address_that_is_none_says_nothing_aloud(capsys):
    assert hosts_of("carrierpigeon://loft-is-a-key") == ()
    assert hosts_of("slack://no-tokens-here") == ()
    seen = capsys.readouterr()
    assert seen.out + seen.err == ""
