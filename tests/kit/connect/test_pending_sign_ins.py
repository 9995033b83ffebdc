"""A sign-in that has begun is kept by the browser, and by nobody else."""

import random
from typing import Any
from urllib.parse import urlencode

import pytest
from flask import Flask, request
from flask.testing import FlaskClient

from plugin_server.kit.connect.pending_sign_ins import LIFETIME, PendingSignIns
from plugin_server.store.encryption import Cipher
from plugin_server.web.error_handlers import register_errors

# What browsers keep: name and value of one cookie, and what servers take of all in one line.
COOKIE, HEADER = 4096, 8190


class Browser:
    """A browser at an app that begins sign-ins and takes them back."""

    def __init__(self, clock: Any, keys: tuple[int, ...] = (1,), *, https: bool = False) -> None:
        app = Flask(__name__)
        app.secret_key = "s" * 32
        pending = PendingSignIns(Cipher([bytes([key]) * 32 for key in keys]), clock, https=https)

        @app.post("/begin")
        def begin() -> str:
            return pending.save({"to": request.form["to"]})

        @app.post("/take")
        def take() -> dict[str, str]:
            return pending.consume(request.form["state"]) or {}

        register_errors(app, {"": lambda error: app.response_class(error.messages, error.status)})
        self.http: FlaskClient = app.test_client()
        self.base = "https://blocks.example.com" if https else "http://localhost"

    def begin(self, to: str = "/there") -> Any:
        return self.http.post("/begin", data={"to": to}, base_url=self.base)

    def take(self, state: str) -> Any:
        return self.http.post("/take", data={"state": state}, base_url=self.base).json


@pytest.fixture
def browser(clock: Any) -> Browser:
    return Browser(clock)


def test_what_was_left_comes_back_once(browser: Browser) -> None:
    state = browser.begin('/there?a=é&b="\\').text
    assert browser.take(state) == {"to": '/there?a=é&b="\\'}
    assert browser.take(state) == {}


def test_it_is_good_for_a_quarter_of_an_hour(browser: Browser, clock: Any) -> None:
    state, other = browser.begin().text, browser.begin().text
    clock.advance(LIFETIME - 1)
    assert browser.take(state) == {"to": "/there"}
    clock.advance(1)
    assert browser.take(other) == {}


def test_nothing_in_it_can_be_read_or_changed(browser: Browser) -> None:
    cookie = browser.begin("/a-secret-place").headers.getlist("Set-Cookie")[0]
    assert "secret-place" not in cookie
    name, value = cookie.split(";")[0].split("=", 1)
    state = browser.begin().text
    browser.http.set_cookie(name, value[:-4] + ("AAAA" if value[-4:] != "AAAA" else "BBBB"))
    for unknown in (state[:-1], "", "x" * 5000):
        assert browser.take(unknown) == {}
    assert browser.take(state) == {"to": "/there"}


def test_a_cookie_under_the_name_of_another_sign_in_is_worth_nothing(browser: Browser) -> None:
    first, second = browser.begin("/first"), browser.begin("/second")
    names = [each.headers.getlist("Set-Cookie")[0].split("=")[0] for each in (first, second)]
    browser.http.set_cookie(names[1], browser.http.get_cookie(names[0]).value)
    assert browser.take(second.text) == {}


def test_it_belongs_to_the_session_that_began_it(browser: Browser, clock: Any) -> None:
    response = browser.begin()
    name, value = response.headers.getlist("Set-Cookie")[0].split(";")[0].split("=", 1)
    other = Browser(clock)
    other.begin()
    other.http.set_cookie(name, value)
    assert other.take(response.text) == {}
    assert browser.take(response.text) == {"to": "/there"}


def test_keys_can_be_changed_while_somebody_signs_in(clock: Any) -> None:
    before, after = Browser(clock, (1,)), Browser(clock, (2, 1))
    response = before.begin()
    for cookie in response.headers.getlist("Set-Cookie"):
        after.http.set_cookie(*cookie.split(";")[0].split("=", 1))
    state = response.text
    assert after.take(state) == {"to": "/there"}


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
    response = browser.begin(f"/oauth/authorize?{query}")
    assert response.status_code == 200
    cookie = max(response.headers.getlist("Set-Cookie"), key=len)
    assert len(cookie.split(";")[0]) < COOKIE
    assert browser.take(response.text) == {"to": f"/oauth/authorize?{query}"}


def test_what_does_not_fit_is_refused_and_not_half_kept(browser: Browser) -> None:
    noise = random.Random(1).randbytes(4000).hex()
    response = browser.begin(noise)
    assert response.status_code == 400
    assert "too long" in response.text
    assert all("sign_in" not in cookie for cookie in response.headers.getlist("Set-Cookie"))


def test_several_sign_ins_go_on_side_by_side(browser: Browser) -> None:
    states = [browser.begin(f"/{number}").text for number in range(5)]
    assert [browser.take(state)["to"] for state in states] == ["/0", "/1", "/2", "/3", "/4"]


def test_no_number_of_sign_ins_makes_the_browsers_requests_too_large(browser: Browser) -> None:
    for number in range(40):
        response = browser.begin(random.Random(number).randbytes(1000).hex())
        assert browser.take("unknown") == {}
        assert len(response.request.headers.get("Cookie", "")) < HEADER
    assert browser.take(response.text)["to"]


def test_with_https_no_other_host_can_plant_one(clock: Any) -> None:
    browser = Browser(clock, https=True)
    response = browser.begin()
    cookie = next(c for c in response.headers.getlist("Set-Cookie") if "sign_in" in c)
    assert cookie.startswith("__Host-plugin_sign_in_")
    attributes = {part.strip() for part in cookie.split(";")[1:]}
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax", f"Max-Age={LIFETIME}"} <= attributes
    assert browser.take(response.text) == {"to": "/there"}
