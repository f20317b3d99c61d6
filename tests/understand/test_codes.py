"""Error codes are found however people write them, and numbers that mean something else are left alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.understand.codes import find_codes, find_incident_ids, unclear_codes

WRITTEN = {
    "as Windows shows it": ("it says 0xCAA70007 and closes", ("0xCAA70007",)),
    "without prefix, small letters": ("caa20003 since lunch", ("0xCAA20003",)),
    "a space behind the family": ("Caa 70004 on my laptop", ("0xCAA70004",)),
    "a space behind the prefix": ("0x caa82ee7", ("0xCAA82EE7",)),
    "a capital X": ("0XCAA82EFD", ("0xCAA82EFD",)),
    "a letter O instead of the first zero": ("Oxcaa90018 again", ("0xCAA90018",)),
    "letters O instead of all zeros": ("OxCAA7OOO7", ("0xCAA70007",)),
    "letter l instead of one": ("caa2000l", ("0xCAA20001",)),
    "Cyrillic letters": ("ошибка 0хСАА5004В", ("0xCAA5004B",)),
    "full-width digits": ("エラー ０ｘＣＡＡ７０００７", ("0xCAA70007",)),
    "eight digits without prefix": ("Something went wrong 80180014", ("0x80180014",)),
    "eight digits with a letter": ("8018000a", ("0x8018000A",)),
    "eight digits in two halves next to an error word": ("error 8009 0016", ("0x80090016",)),
    "a signed decimal": ("-894947609", ("0xCAA82EE7",)),
    "a signed decimal with a typographic minus": ("Fehler −2146893802", ("0x80090016",)),
    "a short hexadecimal number": ("wam failed with 0x102", ("0x102",)),
    "4c7 with prefix": ("0x4C7", ("4c7",)),
    "4c7 without": ("Modern auth failed, 4C7", ("4c7",)),
    "1001 in brackets": ("Something went wrong. [1001]", ("1001",)),
    "a WinINet number": ("Fehler 12029 beim Öffnen", ("12029",)),
    "AADSTS": ("AADSTS50058: a silent request", ("AADSTS50058",)),
    "AADSTS with a dash": ("aadsts-53003", ("AADSTS53003",)),
    "AADSTS with a space": ("AADSTS 700016", ("AADSTS700016",)),
    "AADSTS without its last letter": ("AADST50105", ("AADSTS50105",)),
    "AADSTS with letters O": ("AADSTS5OO76", ("AADSTS50076",)),
    "HTTP with a name": ("HTTP 502 bad gateway", ("HTTP 502",)),
    "a gateway's status alone": ("503", ("HTTP 503",)),
    "a status that we get": ("everybody gets a 504", ("HTTP 504",)),
    "a status next to the word error": ("teams error 500", ("HTTP 500",)),
    "two codes of one event": ("CAA20003 / 50076", ("0xCAA20003", "AADSTS50076")),
    "two named codes": ("CAA2000B - AADSTS500011", ("0xCAA2000B", "AADSTS500011")),
    "a bare number behind another": ("error 53000 and then 53003", ("AADSTS53000", "AADSTS53003")),
    "said twice": ("caa70007, I repeat: 0xCAA70007", ("0xCAA70007",)),
    "a page of Microsoft with the number": ("https://login.microsoftonline.com/error?code=50126", ("AADSTS50126",)),
    "the nearer word decides": ("on my phone is error 53003", ("AADSTS53003",)),
}

BARE = {
    "en": "sign-in keeps failing with code 50126",
    "de": "Anmeldung bricht ab: 50126",
    "fr": "erreur 50126 à la connexion",
    "es": "código 50126 al iniciar sesión",
    "pt": "erro 50126 ao entrar",
    "it": "errore 50126 in accesso",
    "nl": "foutcode 50126 bij aanmelden",
    "pl": "błąd logowania 50126",
    "ja": "サインインで50126が出ます",
    "zh": "登录错误50126",
}

FRIENDS = {
    "an international phone number": "call me at +49 8018 0014 22",
    "a phone number of eight digits": "my phone is 80180014",
    "a phone number to call": "please call 80180014",
    "a meeting id": "join with meeting ID 234 567 890 123",
    "a conference id": "Conference ID: 503 404 500#",
    "a build": "I run 24215.1007.3082.1590",
    "a GUID": "correlation id 80180014-caa7-0007-5012-caa70007caa7",
    "a year": "since 2024 everything is new",
    "a ticket": "see ticket 50126",
    "a postal code": "zip code 53003",
    "a room": "the screen in room 503",
    "an amount": "we have 503 people in the call",
    "a price": "it costs 500 €",
    "a bare number without an error word": "50126 participants joined",
    "an incident id": "error TM1283300",
    "a size": "my camera runs at 1920x1080",
    "a name": "Oxlade and Oxford are no codes",
    "a date": "error on 2026-11-25 at 10:50",
    "the nearer word decides": "error in build 50126",
}


@pytest.mark.parametrize(("text", "codes"), WRITTEN.values(), ids=WRITTEN)
def test_a_code_is_found_in_every_notation(text, codes):
    assert find_codes(text) == codes
    assert unclear_codes(text) == ()


@pytest.mark.parametrize("text", BARE.values(), ids=BARE)
def test_a_bare_number_counts_next_to_an_error_word(text):
    assert find_codes(text) == ("AADSTS50126",)


@pytest.mark.parametrize("text", FRIENDS.values(), ids=FRIENDS)
def test_other_numbers_are_no_codes(text):
    assert find_codes(text) == ()
    assert unclear_codes(text) == ()


@pytest.mark.parametrize(
    ("text", "unclear"),
    [
        ("CAA7007", ("CAA7007",)),
        ("it said caa700007 or so", ("CAA700007",)),
        ("AADSTS5003", ("AADSTS5003",)),
        ("0xCAA2000", ("CAA2000",)),
        ("error 0x8018001", ("0x8018001",)),
        ("0xCAA70007, before that CAA7007", ("CAA7007",)),
    ],
)
def test_a_code_with_a_lost_digit_is_asked_for_and_not_guessed(text, unclear):
    assert unclear_codes(text) == unclear


def test_incident_ids_are_told_apart_from_codes():
    assert find_incident_ids("is tm1283300 the same as MO502273, or TM1283300?") == ("TM1283300", "MO502273")
    assert find_incident_ids("it 1234567, item 5, AADSTS50126") == ()


@given(st.text(max_size=300))
def test_any_text_is_read_without_trouble(text):
    for code in find_codes(text) + unclear_codes(text) + find_incident_ids(text):
        assert code
        assert len(code) <= 16


@given(st.text(alphabet="0xXOolICAaDSTcЄСА 0123456789-[]/:.", max_size=60))
def test_what_looks_like_codes_is_read_without_trouble(text):
    assert not set(find_codes(text)) & set(find_incident_ids(text))


@given(st.integers(0, 0xFFFFF).map("{:05X}".format), st.sampled_from(["0x{}", "{}", "error {}", "({})", "»{}«"]))
def test_every_code_of_the_family_survives_its_surroundings(digits, frame):
    if any(letter.isdigit() for letter in digits):
        assert find_codes(frame.format("CAA" + digits)) == (f"0xCAA{digits}",)
