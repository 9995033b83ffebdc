"""The example dashboard and alert rules name metrics and labels that exist."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from plugin_server.observe import metrics

DEPLOY = Path(__file__).parent.parent.parent / ".deploy"
NAME = re.compile(r"\bplugin_server_\w+")
# A metric with the labels that it is selected by.
SELECTED = re.compile(r"\b(plugin_server_\w+)\{([^}]*)\}")
KINDS = {
    "counter": ("_total",),
    "histogram": ("_bucket", "_count", "_sum"),
    "gauge": ("",),
}


def existing() -> dict[str, set[str]]:
    """Return every sample name with its labels."""
    found = {}
    for metric in (each for each in vars(metrics).values() if hasattr(each, "_labelnames")):
        [family] = metric.describe()
        for suffix in KINDS[family.type]:
            more = {"le"} if suffix == "_bucket" else set()
            found[family.name + suffix] = {*metric._labelnames, *more}
    return found


def rules() -> Iterator[dict[str, Any]]:
    for group in yaml.safe_load((DEPLOY / "alerts.yml").read_text())["groups"]:
        yield from group["rules"]


def queries() -> Iterator[str]:
    for panel in json.loads((DEPLOY / "grafana.json").read_text())["panels"]:
        yield from (target["expr"] for target in panel["targets"])
    yield from (rule["expr"] for rule in rules())


@pytest.mark.parametrize("query", list(queries()))
def test_a_query_names_what_exists(query: str) -> None:
    known = existing()
    assert set(NAME.findall(query)) <= set(known)
    for name, selectors in SELECTED.findall(query):
        assert set(re.findall(r"(\w+)\s*(?:=~|!=|!~|=)", selectors)) <= known[name]
    for opening, closing in ("()", "{}", "[]"):
        assert query.count(opening) == query.count(closing)


def test_every_metric_is_on_the_dashboard() -> None:
    shown = {name for query in queries() for name in NAME.findall(query)}
    families = {name.rsplit("_", 1)[0] for name in shown} | shown
    needed = {name.removesuffix("_total") for name in existing() if not name.endswith(("_sum",))}
    assert {name for name in needed if not any(each.startswith(name) for each in families)} == set()


def test_every_rule_says_what_happened_and_what_to_do() -> None:
    for rule in rules():
        assert set(rule) - {"for"} == {"alert", "expr", "labels", "annotations"}
        assert rule["labels"]["severity"] in ("page", "ticket")
        assert set(rule["annotations"]) == {"summary", "action"}
        assert all(text.endswith(".") for text in rule["annotations"].values())


def test_panels_do_not_overlap() -> None:
    panels = json.loads((DEPLOY / "grafana.json").read_text())["panels"]
    places = [(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in panels]
    assert len(set(places)) == len(panels)
    assert len({panel["id"] for panel in panels}) == len(panels)
