"""Examples in the editor's menu: files of a developer, and texts that strain any plugin."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from support.servers.sandbox import running_sandbox

from plugin_server.examples.stress_texts import STRESS_TEXTS
from plugin_server.resources.paths import EXAMPLES

STRESS = [
    *("stress_empty", *(f"stress_{name}" for name in STRESS_TEXTS)),
    *("stress_far_east", "stress_far_west"),
    *("stress_renamed_settings", "stress_removed_settings", "stress_missing_settings"),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "examples"
    folder.mkdir()
    return folder


@pytest.fixture
def browser(
    tmp_path: Path, clock: Callable[[], float], folder: Path, record: dict[str, Any]
) -> Iterator[httpx2.Client]:
    with (
        running_sandbox(tmp_path, clock, examples=folder) as url,
        httpx2.Client(base_url=url, timeout=60) as browser,
    ):
        assert browser.put("/dashboard/app.json", json=record).status_code == 200
        yield browser


def write(folder: Path, name: str, settings: object) -> None:
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.json").write_text(json.dumps(settings), "utf-8")


def listed(browser: httpx2.Client) -> dict[str, Any]:
    response = browser.get("/examples/1")
    assert response.status_code == 200, response.text
    return {each["name"]: each for each in response.json()}


def test_a_plugin_without_files_has_straining_examples(browser: httpx2.Client) -> None:
    found = listed(browser)
    assert list(found) == STRESS
    assert found["stress_right_to_left"]["title"] == "Stress right to left"
    values = found["stress_hostile"]["settings"]
    assert "<script>" in values["title"]
    assert values["layout"] == "card"
    assert "post" not in values  # only the creator's data has what could be chosen


def test_files_of_the_plugin_come_first_and_are_strained(
    browser: httpx2.Client, folder: Path
) -> None:
    write(folder / "post", "with_title", {"post": "p1", "title": "Fog"})
    write(folder / "post", "typical", {"post": "p1"})
    found = listed(browser)
    assert list(found) == ["typical", "with_title", *STRESS]
    assert found["with_title"] == {
        "name": "with_title",
        "title": "With title",
        "settings": {"post": "p1", "title": "Fog"},
    }
    assert "title" not in found["stress_empty"]["settings"]
    assert found["stress_empty"]["settings"]["post"] == "p1"
    assert found["stress_very_long"]["settings"]["post"] == "p1"
    assert len(found["stress_very_long"]["settings"]["title"]) == 500


@pytest.mark.parametrize(
    "held", ["https://tide.example/a", "me@tide.example", "18:30", "6:30 pm", "+1 (202) 555-0147"]
)
def test_what_has_the_form_of_an_address_time_or_number_is_not_strained(
    browser: httpx2.Client, folder: Path, held: str
) -> None:
    write(folder / "post", "typical", {"post": "p1", "title": held})
    assert listed(browser)["stress_hostile"]["settings"]["title"] == held


def test_an_example_has_the_defaults_that_its_file_leaves_out(
    browser: httpx2.Client, folder: Path, record: dict[str, Any]
) -> None:
    toggle = {"type": "toggle", "label": "Shown", "default": True}
    settings = [
        {"type": "text", "name": "title", "label": "Title"},
        {**toggle, "name": "dated"},
        {**toggle, "name": "signed"},
    ]
    record["plugins"][0]["settings_json"] = settings
    assert browser.put("/dashboard/app.json", json=record).status_code == 200
    write(folder / "post", "typical", {"title": "Tide", "signed": False})
    found = listed(browser)["typical"]["settings"]
    assert found == {"title": "Tide", "dated": True, "signed": False}


def test_examples_are_found_by_the_key_whatever_the_name_is(
    browser: httpx2.Client, folder: Path, record: dict[str, Any]
) -> None:
    record["plugins"].append({**record["plugins"][0], "name": "Other", "html_url": "http://x.org"})
    record["plugins"][0] |= {"key": "post", "name": "Dispatch"}
    browser.put("/dashboard/app.json", json=record)
    write(folder / "post", "typical", {"title": "Tide"})
    write(folder / "dispatch", "wrong", {"title": "Wrong"})
    assert next(iter(listed(browser))) == "typical"


def test_files_of_the_only_plugin_may_stand_in_the_folder(
    browser: httpx2.Client, folder: Path
) -> None:
    write(folder, "fog", {"title": "Fog"})
    assert next(iter(listed(browser))) == "fog"


def test_another_plugins_files_are_not_offered(
    browser: httpx2.Client, folder: Path, record: dict[str, Any]
) -> None:
    record["plugins"].append({**record["plugins"][0], "name": "Post list"})
    browser.put("/dashboard/app.json", json=record)
    write(folder, "fog", {"title": "Fog"})
    write(folder / "post_list", "three", {"title": "Three"})
    assert list(listed(browser)) == STRESS
    assert browser.get("/examples/2").json()[0]["name"] == "three"


@pytest.mark.parametrize("content", ["[", "[]", '"text"'])
def test_a_file_that_cannot_be_used_is_named(
    browser: httpx2.Client, folder: Path, content: str
) -> None:
    (folder / "broken.json").write_text(content)
    response = browser.get("/examples/1", headers={"Content-Type": "application/json"})
    assert response.status_code == 422
    assert "broken.json" in response.json()["errors"][0]


def test_dates_are_those_of_far_time_zones(browser: httpx2.Client, folder: Path) -> None:
    write(folder / "post", "typical", {"post": "p1", "day": "2026-03-01T00:00:00.000Z"})
    found = listed(browser)
    days = {found[f"stress_far_{end}"]["settings"]["day"] for end in ("east", "west")}
    # Midnight of the same day, in Kiritimati and in Pago Pago.
    assert days == {"2026-10-07T10:00:00.000Z", "2026-10-08T11:00:00.000Z"}
    assert found["stress_far_east"]["settings"]["post"] == "p1"


def test_without_a_date_nothing_depends_on_the_time_zone(
    browser: httpx2.Client, record: dict[str, Any]
) -> None:
    record["plugins"][0]["settings_json"] = [{"type": "text", "name": "title", "label": "Title"}]
    assert browser.put("/dashboard/app.json", json=record).status_code == 200
    assert not [name for name in listed(browser) if name.startswith("stress_far")]


def test_stale_settings_are_renamed_removed_and_missing(
    browser: httpx2.Client, folder: Path
) -> None:
    write(folder / "post", "typical", {"post": "p1", "title": "Fog"})
    found = {name: each["settings"] for name, each in listed(browser).items()}
    renamed = found["stress_renamed_settings"]
    assert renamed["title_before"] == "Fog"
    assert "title" not in renamed
    assert renamed["post"] == "p1"  # required: without it there is only an error to see
    assert {"removed_text", "title"} <= found["stress_removed_settings"].keys()
    assert found["stress_missing_settings"] == {"post": "p1"}


def save(browser: httpx2.Client, name: object, **more: object) -> httpx2.Response:
    body = {"name": name, "settings": {"title": "Nebel 🌫", "post": "p1", "old": 1}, **more}
    return browser.post("/examples/1", json=body)


def test_an_example_is_saved_in_the_folder_of_the_plugin(
    browser: httpx2.Client, folder: Path
) -> None:
    (folder / "post").mkdir()
    response = save(browser, "With a  Fog!")
    assert response.status_code == 200, response.text
    file = folder / "post" / "with_a_fog.json"
    assert response.json() == {
        "name": "with_a_fog",
        "title": "With a fog",
        "file": str(file),
    }
    saved = file.read_text("utf-8")
    # In the order of the sidebar, as a person would write it.
    assert saved == '{\n  "post": "p1",\n  "title": "Nebel 🌫",\n  "old": 1\n}\n'
    assert listed(browser)["with_a_fog"]["settings"]["title"] == "Nebel 🌫"


def test_the_first_example_of_a_plugin_goes_to_the_given_folder(
    browser: httpx2.Client, folder: Path, record: dict[str, Any]
) -> None:
    record["plugins"].append({**record["plugins"][0], "name": "Post list"})
    browser.put("/dashboard/app.json", json=record)
    assert save(browser, "fog").is_success
    assert (folder / "post" / "fog.json").is_file()


def test_without_a_folder_it_goes_to_the_data(
    tmp_path: Path, clock: Callable[[], float], record: dict[str, Any]
) -> None:
    with (
        running_sandbox(tmp_path, clock) as url,
        httpx2.Client(base_url=url, timeout=60) as browser,
    ):
        browser.put("/dashboard/app.json", json=record)
        assert save(browser, "fog").is_success
        assert next(iter(listed(browser))) == "fog"
    assert (tmp_path / "examples" / "post" / "fog.json").is_file()


def test_an_example_is_replaced_only_on_request(browser: httpx2.Client, folder: Path) -> None:
    write(folder / "post", "fog", {"title": "Old"})
    assert save(browser, "Fog").json() == {"exists": "fog"}
    assert listed(browser)["fog"]["settings"]["title"] == "Old"
    assert save(browser, "Fog", replace=True).is_success
    assert listed(browser)["fog"]["settings"]["title"] == "Nebel 🌫"


@pytest.mark.parametrize("name", ["", "  ", "../..", "stress_empty", "Stress test", None, 7])
def test_a_name_that_cannot_be_used(browser: httpx2.Client, folder: Path, name: object) -> None:
    assert save(browser, name).status_code == 422
    assert list(folder.rglob("*.json")) == []


def test_settings_must_be_an_object(browser: httpx2.Client) -> None:
    assert browser.post("/examples/1", json={"name": "fog", "settings": []}).status_code == 400
    assert browser.post("/examples/9", json={"name": "fog", "settings": {}}).status_code == 404


def test_there_is_nothing_of_an_unknown_plugin(browser: httpx2.Client) -> None:
    assert browser.get("/examples/9").status_code == 404


def test_what_the_blocks_examples_choose_exists_in_the_developers_account(
    sandbox_url: str,
) -> None:
    def ids(path: str, key: str, id_: str = "id") -> set[str]:
        headers = {"X-Kit-Api-Key": "kit_sandbox_harbour_letters"}
        records = httpx2.get(f"{sandbox_url}/v4/{path}", headers=headers).json()[key]
        return {str(record[id_]) for record in records}

    held = {"post": ids("posts", "posts"), "page": ids("forms", "forms")}
    held["posts"] = held["post"]
    chosen: dict[str, set[str]] = {name: set() for name in held}
    for path in EXAMPLES.glob("*/*.json"):
        for name, value in json.loads(path.read_text("utf-8")).items():
            if name in held:
                chosen[name] |= {value} if isinstance(value, str) else set(value)
    assert all(chosen.values())
    assert {name: chosen[name] - held[name] for name in held} == {name: set() for name in held}
