"""Kit's own rate limits."""

from typing import Any

import httpx2
import pytest

KEY = {"X-Kit-Api-Key": "kit_sandbox_harbour_letters"}
# Another token of the same account: each has a limit of its own.
LASTING_TOKEN = {"Authorization": "Bearer kit_sandbox_harbour_letters_oauth"}
KETTLE_KEY = {"X-Kit-Api-Key": "kit_sandbox_slow_kettle"}


def test_a_reset_ends_what_is_left_of_a_minute(kit: Any) -> None:
    statuses = [kit.browser.get("/v4/account", headers=KEY).status_code for _ in range(121)]
    assert statuses[-1] == 429
    kit.browser.post("/sandbox/reset")
    assert kit.browser.get("/v4/account", headers=KEY).status_code == 200


@pytest.mark.parametrize(("credential", "allowed"), [("oauth", 600), ("api_key", 120)])
def test_each_credential_has_kits_limit_in_a_rolling_minute(
    kit: Any, clock: Any, credential: str, allowed: int
) -> None:
    def get() -> httpx2.Response:
        if credential == "oauth":
            return kit.get("account")
        return kit.browser.get("/v4/account", headers=KEY)

    assert {get().status_code for _ in range(allowed // 2)} == {200}
    clock.advance(30)
    assert {get().status_code for _ in range(allowed - allowed // 2)} == {200}
    refused = get()
    assert (refused.status_code, refused.text) == (429, "Retry later")
    assert "Retry-After" not in refused.headers
    assert kit.browser.get("/v4/account", headers=KETTLE_KEY).status_code == 200
    assert kit.browser.get("/v4/account", headers=LASTING_TOKEN).status_code == 200
    clock.advance(29)
    assert get().status_code == 429
    clock.advance(1)
    assert {get().status_code for _ in range(allowed // 2)} == {200}
    assert get().status_code == 429
