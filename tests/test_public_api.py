"""The public interface changes only with a note."""

import json
import re
from pathlib import Path

import pytest
from support.public_api import MODULES, RELEASED, current

CHANGELOG = (Path(__file__).parents[1] / "CHANGELOG.md").read_text()
UNRELEASED = CHANGELOG.partition("\n## ")[2].partition("\n## ")[0]


def changed() -> list[str]:
    released = json.loads(RELEASED.read_text())
    now = current()
    return sorted(name for name in {*released, *now} if released.get(name) != now.get(name))


def test_every_change_of_a_public_name_is_in_the_changelog() -> None:
    noted = set(re.findall(r"`([\w.]+)", UNRELEASED))
    missing = [name for name in changed() if re.split("[.:]", name)[-1] not in noted]
    assert missing == [], (
        "Note these names in CHANGELOG.md, and raise API_VERSION if a package that worked would break."
    )


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_public_names_are_sorted_and_described(module: object) -> None:
    names = list(vars(module)["__all__"])
    assert names == sorted(names)
    undescribed = [name for name in names if not (getattr(module, name).__doc__ or "").strip()]
    assert undescribed == ["API_VERSION"] or undescribed == []
