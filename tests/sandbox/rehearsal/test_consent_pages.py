"""Which button of an app's page is pressed, and with what in its form."""

import pytest

from plugin_server.sandbox.rehearsal.consent_pages import Decision, Press, find_press, is_callback


def form(inside: str, attributes: str = 'method="post" action="/go"') -> str:
    return f"<form {attributes}>{inside}</form>"


@pytest.mark.parametrize(
    ("buttons", "decision", "pressed"),
    [
        (("Not now", "Connect"), "allow", "Connect"),
        (("Not now", "Connect"), "deny", "Not now"),
        (("Don’t allow", "Allow"), "allow", "Allow"),
        (("Don’t allow", "Allow"), "deny", "Don’t allow"),
        (("Use another account", "Continue"), "allow", "Continue"),
        (("Do not authorize", "Authorize"), "allow", "Authorize"),
        (("Annuler", "Autoriser"), "allow", "Autoriser"),
        (("Sign out", "Let’s go"), "allow", "Let’s go"),
    ],
)
def test_the_button_is_found_by_its_words(
    buttons: tuple[str, ...], decision: Decision, pressed: str
) -> None:
    page = form("".join(f'<button name="b" value="{each}">{each}</button>' for each in buttons))
    found = find_press(page, decision, {})
    assert found is not None
    assert found.fields == {"b": pressed}


def test_nothing_is_pressed_where_two_buttons_may_mean_anything() -> None:
    assert find_press(form("<button>Blue</button><button>Red</button>"), "allow", {}) is None


def test_a_page_without_anything_to_press_is_left_alone() -> None:
    assert find_press("<p>This link does not work.</p>", "allow", {}) is None


def test_a_form_has_its_hidden_fields_and_what_must_be_ticked() -> None:
    page = form(
        '<input type="hidden" name="csrf" value="1"><input type="checkbox" name="terms" required>'
        '<input type="checkbox" name="news"><select name="plan"><option>Free<option selected>Paid</select>'
        '<input type="email" name="email"><input type="submit" value="Sign up">'
    )
    press = find_press(page, "allow", {"email": "ada@example.com"})
    fields = {"csrf": "1", "terms": "on", "plan": "Paid", "email": "ada@example.com"}
    assert press == Press("/go", "POST", fields, decides=True)


def test_required_fields_without_a_value_are_named() -> None:
    page = form(
        '<input name="email" required><input type="password" name="word"><button>Log in</button>'
    )
    press = find_press(page, "allow", {})
    assert press is not None
    assert press.missing == ("email", "word")


def test_to_decline_a_sign_in_is_passed_first() -> None:
    page = form('<input name="email"><button>Log in</button>')
    press = find_press(page, "deny", {"email": "ada@example.com"})
    assert press is not None
    assert not press.decides


def test_a_link_is_pressed_where_there_is_no_button() -> None:
    press = find_press('<a href="/help">Help</a><a href="/yes">Authorize</a>', "allow", {})
    assert press == Press("/yes", decides=True)


def test_a_refresh_is_followed() -> None:
    page = '<meta http-equiv="Refresh" content="0; url=/next">'
    assert find_press(page, "allow", {}) == Press("/next")


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://app.kit.com/apps/install?code=1", True),
        ("https://app.kit.com/apps/install", True),
        ("https://app.kit.com/apps/installed?code=1", False),
        ("https://app.kit.com.attacker.example/apps/install", False),
        ("http://app.kit.com/apps/install", False),
    ],
)
def test_only_the_redirect_uri_is_the_way_back(url: str, expected: bool) -> None:
    assert is_callback(url, "https://app.kit.com/apps/install") is expected
