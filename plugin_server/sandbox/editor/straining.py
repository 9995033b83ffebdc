"""Settings that strain any plugin, made from its settings JSON and its fullest example.

Long and hostile texts, dates of creators at the ends of the world, and what drafts still contain that were
written before the settings JSON changed: Kit sends such settings as they were stored.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from plugin_server.examples.example_files import ExampleSettings
from plugin_server.examples.stress_texts import STRESS_TEXTS, TYPED, Field, replace_texts
from plugin_server.sandbox.dashboard.settings_json import Setting, defaults, leaves

# The same day's midnight, as Kit sends a date: 14 hours ahead of UTC (Kiritimati), and 11 behind (Pago Pago).
_FAR_ZONES = {"east": "2026-10-07T10:00:00.000Z", "west": "2026-10-08T11:00:00.000Z"}


def straining(
    settings_json: list[Setting], own: Sequence[ExampleSettings]
) -> Iterator[ExampleSettings]:
    """Yield the fullest example, filled up with made-up values, with what strains a plugin."""
    settings = list(leaves(settings_json))
    fullest = max((each.settings for each in own), key=len, default=None)
    base = {**_sample_values(settings), **defaults(settings_json), **(fullest or {})}
    typed = {s["name"] for s in settings if s["type"] in TYPED and not s.get("required")}
    yield ExampleSettings("stress_empty", {name: base[name] for name in base if name not in typed})
    fields = [Field(each["name"], each["type"], each.get("max_length")) for each in settings]
    for name, text in STRESS_TEXTS.items():
        yield ExampleSettings(f"stress_{name}", replace_texts(base, text, fields))
    yield from _in_far_zones(base, settings)
    yield from _stale(base, settings)


def _in_far_zones(
    base: Mapping[str, Any], settings: Sequence[Setting]
) -> Iterator[ExampleSettings]:
    """Yield dates of other time zones; without a date, Kit sends nothing that depends on the zone."""
    dates = [each["name"] for each in settings if each["type"] == "date"]
    for name, midnight in _FAR_ZONES.items() if dates else ():
        yield ExampleSettings(f"stress_far_{name}", {**base, **dict.fromkeys(dates, midnight)})


def _stale(base: Mapping[str, Any], settings: Sequence[Setting]) -> Iterator[ExampleSettings]:
    """Yield what drafts contain from before settings were renamed, removed or added."""
    if not settings:
        return
    required = {each["name"] for each in settings if each.get("required")}
    kept = {name: value for name, value in base.items() if name in required}
    renamed = {f"{name}_before": value for name, value in base.items() if name not in required}
    yield ExampleSettings("stress_renamed_settings", {**kept, **renamed})
    removed = {"removed_text": "Of a setting that is gone", "removed_toggle": True}
    yield ExampleSettings("stress_removed_settings", {**base, **removed})
    yield ExampleSettings("stress_missing_settings", kept)


def _sample_values(settings: list[Mapping[str, Any]]) -> dict[str, Any]:
    """Return a sample value for every setting whose values do not depend on a creator's data."""
    values = {
        "text": "Words",
        "textarea": "Words\n\nand more words",
        "color": "#7a1f3d",
        "fontFamily": {"fontFamily": "Georgia, serif", "fontWeight": 700},
        "date": "2026-10-08T00:00:00.000Z",
    }
    samples = {s["name"]: values[s["type"]] for s in settings if s["type"] in values}
    samples |= {s["name"]: s["options"][0]["value"] for s in settings if s.get("options")}
    samples |= {s["name"]: str(s.get("min", 1)) for s in settings if s["type"] == "numericalInput"}
    return samples | {s["name"]: s["min"] for s in settings if s["type"] == "slider"}
