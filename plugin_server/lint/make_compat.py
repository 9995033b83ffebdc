"""Regenerates ``compat.json``: ``python -m plugin_server.lint.make_compat TARBALL``.

The tarball is that of the npm package ``caniemail``, which carries the data of
https://www.caniemail.com; the licences of both are in ``NOTICES.txt``. It keeps the latest
support of each feature and client, but for what the lint has no use for: full support without a
note, and features that were never tested there.
"""

import json
import re
import sys
import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

COMPAT = Path(__file__).with_name("compat.json")

# The clients that people may choose, the most frequent first.
FAMILIES = (
    "gmail",
    "outlook",
    "apple-mail",
    "yahoo",
    "aol",
    "samsung-email",
    "thunderbird",
    "protonmail",
    "hey",
    "fastmail",
)
_CATEGORIES = frozenset({"css", "html", "image"})
_DATA = "package/data/caniemail.json"
_CALENDAR = re.compile(r"((?:19|20)\d\d)(?:-(\d\d))?")
_NUMBERS = re.compile(r"\d+")
_NOTE = re.compile(r"#(\d+)")
_MARKDOWN_LINK = re.compile(r"\[([^\]]+)\]\([^)\s]+\)")

Json = Mapping[str, Any]


class Unusable(Exception):
    """The tarball does not hold what it should."""


def latest(series: Mapping[str, str]) -> str | None:
    """Return the newest known support of a series of versions, ``None`` when there is none.

    Neither the order of a series nor its keys alone tell which entry is newest. Versions are dates
    and years, or an app's own dotted numbers, some series hold both, and some are out of order. So
    the highest of each scheme is found by number, and the scheme written last wins. A support of
    ``u`` is not known.
    """
    newest: dict[bool, tuple[tuple[int, ...], int, str]] = {}
    for position, (version, support) in enumerate(series.items()):
        if support.startswith("u"):
            continue
        is_date = _CALENDAR.fullmatch(version) is not None
        entry = (tuple(map(int, _NUMBERS.findall(version))), position, support)
        newest[is_date] = max(newest.get(is_date, entry), entry)
    if not newest:
        return None
    return max(newest.values(), key=lambda entry: entry[1])[2]


def _support(feature: Json) -> dict[str, dict[str, str]]:
    """Return client → platform → support, where there is something to say."""
    kept: dict[str, dict[str, str]] = {}
    for family in FAMILIES:
        for platform, series in feature["stats"].get(family, {}).items():
            support = latest(series)
            if support not in (None, "y"):
                kept.setdefault(family, {})[platform] = support
    return kept


def _feature(feature: Json) -> dict[str, Any] | None:
    support = _support(feature)
    if feature["category"] not in _CATEGORIES or not support:
        return None
    said = " ".join(each for platforms in support.values() for each in platforms.values())
    notes = {
        number: _MARKDOWN_LINK.sub(r"\1", note).strip()
        for number, note in (feature["notes_by_num"] or {}).items()
    }
    return {
        "title": feature["title"].strip(),
        "tested": feature["last_test_date"],
        "support": support,
        "notes": {number: notes[number] for number in _NOTE.findall(said) if number in notes},
    }


def trimmed(data: Json) -> dict[str, Any]:
    """Return what the lint needs of ``caniemail.json``, as it is written."""
    names = data["nicenames"]
    features = {each["slug"]: _feature(each) for each in data["data"]}
    kept = {slug: feature for slug, feature in features.items() if feature}
    platforms = {
        platform
        for feature in kept.values()
        for of_client in feature["support"].values()
        for platform in of_client
    }
    return {
        "source": "https://www.caniemail.com",
        "date": data["last_update_date"][:10],
        "clients": {family: names["family"].get(family, family) for family in FAMILIES},
        "platforms": {each: names["platform"].get(each, each) for each in platforms},
        "features": kept,
    }


def read_tarball(path: Path) -> Json:
    """Return the data in the npm package's tarball.

    Raises:
        Unusable: it is not a tarball, or one of another package.
    """
    try:
        with tarfile.open(path) as tarball:
            member = tarball.extractfile(_DATA)
            if member is None:
                raise Unusable(f"{_DATA} is not a file")
            data: Json = json.load(member)
    except (OSError, KeyError, ValueError, tarfile.TarError) as error:
        raise Unusable(f"{path} is not the tarball of caniemail ({error})") from error
    return data


def main(arguments: list[str], target: Path = COMPAT) -> int:
    """Write ``target`` from the one tarball named in ``arguments``; return the exit status."""
    if len(arguments) != 1:
        click.echo("Usage: python -m plugin_server.lint.make_compat TARBALL", err=True)
        return 2
    try:
        compat = trimmed(read_tarball(Path(arguments[0])))
    except (Unusable, KeyError, TypeError, AttributeError) as error:
        click.echo(f"The data cannot be used: {error}", err=True)
        return 1
    text = json.dumps(compat, ensure_ascii=False, indent=1, sort_keys=True)
    target.write_text(f"{text}\n", encoding="utf-8")
    click.echo(f"{len(compat['features'])} features, as of {compat['date']}.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
