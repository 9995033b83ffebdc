"""The script that trims caniemail's data, over a tarball small enough to read."""

import io
import json
import tarfile
from pathlib import Path
from typing import Any

import pytest

from plugin_server.lint.make_compat import latest, main


def feature(slug: str, category: str = "css", **more: Any) -> dict[str, Any]:
    return {
        "slug": slug,
        "title": f" {slug} ",
        "category": category,
        "last_test_date": "2024-01-02",
        "description": "left out",
        "notes_by_num": None,
        "stats": {"gmail": {"ios": {"2020-01": "n"}}},
        **more,
    }


def tarball(folder: Path, content: object, name: str = "package/data/caniemail.json") -> Path:
    data = json.dumps(content).encode()
    path = folder / "data.tgz"
    with tarfile.open(path, "w:gz") as made:
        member = tarfile.TarInfo(name)
        member.size = len(data)
        made.addfile(member, io.BytesIO(data))
    return path


def data(*features: dict[str, Any]) -> dict[str, Any]:
    names = {"family": {"gmail": "Gmail"}, "platform": {"ios": "iOS"}}
    return {
        "last_update_date": "2026-05-13 14:45:41 +0000",
        "nicenames": names,
        "data": list(features),
    }


def made(folder: Path, content: object) -> Any:
    target = folder / "compat.json"
    assert main([str(tarball(folder, content))], target) == 0
    return json.loads(target.read_text("utf-8"))


def test_what_the_lint_needs_is_kept(tmp_path: Path) -> None:
    notes = {"1": "See [the bug](https://a.example/1).", "2": "Not used."}
    stats = {"gmail": {"ios": {"2020-01": "n", "2021-01": "a #1"}}, "unheard-of": {"ios": {}}}
    compat = made(tmp_path, data(feature("css-x", notes_by_num=notes, stats=stats)))

    assert compat["date"] == "2026-05-13"
    assert compat["platforms"] == {"ios": "iOS"}
    assert compat["clients"]["gmail"] == "Gmail"
    assert compat["features"] == {
        "css-x": {
            "title": "css-x",
            "tested": "2024-01-02",
            "support": {"gmail": {"ios": "a #1"}},
            "notes": {"1": "See the bug."},
        }
    }


def test_what_it_does_not_need_is_left_out(tmp_path: Path) -> None:
    supported = feature("css-y", stats={"gmail": {"ios": {"2020-01": "n", "2021-01": "y"}}})
    compat = made(tmp_path, data(feature("amp", "others"), supported, feature("html-z", "html")))

    assert list(compat["features"]) == ["html-z"]


def test_equal_data_gives_equal_bytes(tmp_path: Path) -> None:
    target = tmp_path / "compat.json"
    texts = set()
    for features in (("css-a", "css-b"), ("css-b", "css-a")):
        main([str(tarball(tmp_path, data(*map(feature, features))))], target)
        texts.add(target.read_bytes())
    assert len(texts) == 1


@pytest.mark.parametrize(
    ("series", "newest"),
    [
        ({"2019-02": "n", "2021-03": "y"}, "y"),
        ({"2024-04": "y", "2024-01": "n"}, "y"),  # out of order
        ({"9.1": "n", "16.80": "y", "16.9": "n"}, "y"),  # not as text
        ({"15": "y", "14": "n"}, "y"),
        ({"2007": "n", "2019": "a #1", "2022-08": "y"}, "y"),  # years and dates are one scheme
        ({"2011": "n", "2016": "n", "16.80": "y"}, "y"),  # an app's own numbers after years
        ({"16.80": "n", "2024-10": "y"}, "y"),
        ({"2023-04": "y", "2024-01": "u"}, "y"),  # unknown says nothing
        ({"6.1.31.": "n", "137.0b3": "y"}, "y"),
        ({"2020": "u"}, None),
        ({}, None),
    ],
)
def test_the_latest_entry_of_a_series(series: dict[str, str], newest: str | None) -> None:
    assert latest(series) == newest


def test_anything_but_the_tarball_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "compat.json"
    assert main([], target) == 2
    assert main([str(tmp_path / "nothing.tgz")], target) == 1
    assert main([str(tarball(tmp_path, {}, "package/other.json"))], target) == 1
    assert main([str(tarball(tmp_path, {}))], target) == 1
    assert "cannot be used" in capsys.readouterr().err
    assert not target.exists()
