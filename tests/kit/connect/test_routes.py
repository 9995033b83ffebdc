"""Where ``/kit/connect`` may lead back to."""

import pytest

from plugin_server.kit.connect.routes import is_on

KIT = "https://app.kit.com"


@pytest.mark.parametrize(
    "target",
    [
        "",
        "/apps",
        "//app.kit.com/apps",
        "http://app.kit.com/apps",
        "https://app.kit.com.evil.example/",
        "https://app.kit.com@evil.example/",
        "https://evil@app.kit.com/",
        "https://app.kit.com:444/",
        "https://app.kit.com\\@evil.example/",
        "https:\\\\app.kit.com/",
        " https://app.kit.com/",
        "https://app.kit.com/\r\nSet-Cookie: a=b",
        "https://app.kit.com/\t",
        "https://аpp.kit.com/",
        "https://[app.kit.com",
        "https://app.kit.com:x/",
        "javascript:alert(1)//https://app.kit.com/",
    ],
)
def test_any_other_place_is_refused(target: str) -> None:
    assert not is_on(KIT, target)


@pytest.mark.parametrize(
    "target", [KIT, f"{KIT}/apps/1?success=true", f"{KIT}/a?next=https://evil.example/#x"]
)
def test_kits_app_is_accepted_with_any_path_and_query(target: str) -> None:
    assert is_on(KIT, target)
