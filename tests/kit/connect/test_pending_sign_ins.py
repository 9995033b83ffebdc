"""A pending sign-in is stored by the browser only."""

import random
from typing import Any
from urllib.parse import urlencode

import pytest
from flask import Flask, request
from flask.testing import FlaskClient

from plugin_server.kit.connect.pending_sign_ins import LIFETIME, PendingSignIns
from plugin_server.store.encryption import Cipher
from plugin_server.web.error_handlers import register_errors

# What browsers store: name and value of one cookie, and what servers accept of all in one line.
COOKIE, HEADER = 4096, 8190


class Browser:
    """A browser at an app that saves pending sign-ins and consumes them."""

    def __init__(self, clock: Any, keys: tuple[int, ...] = (1,), *, https: bool = False) -> None:
        app = Flask(__name__)
        app.secret_key = "s" * 32
        pending = PendingSignIns(Cipher([bytes([key]) * 32 for key in keys]), clock, https=https)

        @app.post("/save")
        def save() -> str:
            return pending.save({"to": request.form["to"]})

        @app.post("/consume")
        def consume() -> dict[str, str]:
            return pending.consume(request.form["state"]) or {}

        register_errors(app, {"": lambda error: app.response_class(error.messages, error.status)})
        self.http: FlaskClient = app.test_client()
        self.base = "https://blocks.example.com" if https else "http://localhost"

    def save(self, to: str = "/there") -> Any:
        return self.http.post("/save", data={"to": to}, base_url=self.base)

    def consume(self, state: str) -> Any:
        return self.http.post("/consume", data={"state": state}, base_url=self.base).json


@pytest.fixture
def browser(clock: Any) -> Browser:
    return Browser(clock)


def test_what_was_left_comes_back_once(browser: Browser) -> None:
    state = browser.save('/there?a=é&b="\\').text
    assert browser.consume(state) == {"to": '/there?a=é&b="\\'}
    assert browser.consume(state) == {}


def test_it_is_good_for_a_quarter_of_an_hour(browser: Browser, clock: Any) -> None:
    state, other = browser.save().text, browser.save().text
    clock.advance(LIFETIME - 1)
    assert browser.consume(state) == {"to": "/there"}
    clock.advance(1)
    assert browser.consume(other) == {}


def test_nothing_in_it_can_be_read_or_changed(browser: Browser) -> None:
    cookie = browser.save("/a-secret-place").headers.getlist("Set-Cookie")[0]
    assert "secret-place" not in cookie
    name, value = cookie.split(";")[0].split("=", 1)
    state = browser.save().text
    browser.http.set_cookie(name, value[:-4] + ("AAAA" if value[-4:] != "AAAA" else "BBBB"))
    for unknown in (state[:-1], "", "x" * 5000):
        assert browser.consume(unknown) == {}
    assert browser.consume(state) == {"to": "/there"}


def test_a_cookie_under_the_name_of_another_sign_in_is_worth_nothing(browser: Browser) -> None:
    first, second = browser.save("/first"), browser.save("/second")
    names = [each.headers.getlist("Set-Cookie")[0].split("=")[0] for each in (first, second)]
    browser.http.set_cookie(names[1], browser.http.get_cookie(names[0]).value)
    assert browser.consume(second.text) == {}


def test_it_belongs_to_the_session_that_began_it(browser: Browser, clock: Any) -> None:
    response = browser.save()
    name, value = response.headers.getlist("Set-Cookie")[0].split(";")[0].split("=", 1)
    other = Browser(clock)
    other.save()
    other.http.set_cookie(name, value)
    assert other.consume(response.text) == {}
    assert browser.consume(response.text) == {"to": "/there"}


def test_keys_can_be_changed_while_somebody_signs_in(clock: Any) -> None:
    before, after = Browser(clock, (1,)), Browser(clock, (2, 1))
    response = before.save()
    for cookie in response.headers.getlist("Set-Cookie"):
        after.http.set_cookie(*cookie.split(";")[0].split("=", 1))
    state = response.text
    assert after.consume(state) == {"to": "/there"}


@pytest.mark.parametrize(
    "letters",
    [
        "abcXYZ019-_",
        "".join(map(chr, range(32, 127))),
        "\"\\'&%#",
        "".join(map(chr, range(1, 32))),
        "".join(map(chr, range(0x4E00, 0x9FFF))),
        "".join(map(chr, range(0x1F300, 0x1F600))),
    ],
    ids=["Base64", "ASCII", "punctuation", "control", "CJK", "emoji"],
)
def test_the_longest_state_fits_whatever_its_letters(browser: Browser, letters: str) -> None:
    chance, state = random.Random(1), ""
    while len(state.encode()) < 2044:
        state += chance.choice(letters)
    query = urlencode(
        {
            "state": state,
            "scope": "posts:read " * 6,
            "redirect_uri": "https://app.kit.com/apps/install",
        }
    )
    response = browser.save(f"/oauth/authorize?{query}")
    assert response.status_code == 200
    cookie = max(response.headers.getlist("Set-Cookie"), key=len)
    assert len(cookie.split(";")[0]) < COOKIE
    assert browser.consume(response.text) == {"to": f"/oauth/authorize?{query}"}


def test_what_does_not_fit_is_refused_and_not_half_kept(browser: Browser) -> None:
    noise = random.Random(1).randbytes(4000).hex()
    response = browser.save(noise)
    assert response.status_code == 400
    assert "too long" in response.text
    assert all("sign_in" not in cookie for cookie in response.headers.getlist("Set-Cookie"))


def test_several_sign_ins_go_on_side_by_side(browser: Browser) -> None:
    states = [browser.save(f"/{number}").text for number in range(5)]
    assert [browser.consume(state)["to"] for state in states] == ["/0", "/1", "/2", "/3", "/4"]


def test_no_number_of_sign_ins_makes_the_browsers_requests_too_large(browser: Browser) -> None:
    for number in range(40):
        response = browser.save(random.Random(number).randbytes(1000).hex())
        assert browser.consume("unknown") == {}
        assert len(response.request.headers.get("Cookie", "")) < HEADER
    assert browser.consume(response.text)["to"]


def test_with_https_no_other_host_can_plant_one(clock: Any) -> None:
    browser = Browser(clock, https=True)
    response = browser.save()
    cookie = next(c for c in response.headers.getlist("Set-Cookie") if "sign_in" in c)
    assert cookie.startswith("__Host-plugin_sign_in_")
    attributes = {part.strip() for part in cookie.split(";")[1:]}
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax", f"Max-Age={LIFETIME}"} <= attributes
    assert browser.consume(response.text) == {"to": "/there"}
