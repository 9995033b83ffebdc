"""Liquid of anybody runs in a process that can do nothing else, and not for long."""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import pytest
from liquid import Environment

from plugin_server.sandbox.liquid import worker
from plugin_server.sandbox.liquid.processes import LIMITS, Limits, Processes
from plugin_server.sandbox.liquid.rendering import LiquidRenderer, Sent

pytestmark = pytest.mark.processes


@pytest.fixture
def processes() -> Iterator[Processes]:
    found = Processes()
    yield found
    found.stop()


def render(template: str, context: dict[str, Any] | None = None, **limits: int) -> Sent:
    """Return what a reader gets of a template."""
    renderer = LiquidRenderer(Processes(Limits(**limits)))
    try:
        (sent,) = renderer.render(template, [context or {}])
    finally:
        renderer.stop()
    return sent


@pytest.mark.parametrize(
    ("template", "sentence"),
    [
        ("{% for i in (1..100000000) %}{% endfor %}", "Its loops run more than 10,000 times."),
        (
            "{% for i in (1..9999) %}{% for j in (1..9999) %}.{% endfor %}{% endfor %}",
            "Its loops run more than 10,000 times.",
        ),
        ("{% for i in (1..9000) %}" + "x" * 200 + "{% endfor %}", "It prints more than 512 KB."),
        (
            "{% assign a = 'xxxxxxxxxxxxxxxx' %}{% for i in (1..99) %}"
            "{% assign a = a | append: a %}{% endfor %}",
            "Its variables hold more than 4 MB.",
        ),
        ("{% if a %}" * 200 + "{% endif %}" * 200, "Its tags are nested too deeply."),
        ("{{ a" + "[a" * 5000 + "]" * 5000 + " }}", "It is nested too deeply."),
        ("{{ 'x' | nope }}", "“nope” is not a filter of Liquid."),
        (
            "{% render 'other' %}",
            "There is no template “other”: a block has to hold all of its Liquid.",
        ),
    ],
)
def test_a_template_that_takes_too_much_gets_a_message(template: str, sentence: str) -> None:
    problem = render(template).problem
    assert problem is not None
    assert problem.sentence == sentence


def test_a_template_that_needs_too_much_time_is_ended() -> None:
    slow = "{% for i in (1..9000) %}{% assign b = a | replace: 'x', 'y' | split: '' %}{% endfor %}"
    sent = render(slow, {"a": "x" * 200_000}, seconds=1, variables=10**9)
    assert sent.html == ""
    assert "needs more than 1 seconds of a processor" in str(sent.problem)


def test_a_template_that_needs_too_much_memory_is_ended() -> None:
    double = "{% assign a = 'xxxxxxxxxxxxxxxx' %}" + "{% assign a = a | append: a %}" * 40
    sent = render(double, variables=10**15, memory=200 * 1024**2)
    assert "memory" in str(sent.problem)


def test_a_template_that_is_never_ready_is_ended() -> None:
    forever = "{% for i in (1..9000) %}{% assign b = a | split: '' | sort %}{% endfor %}"
    sent = render(forever, {"a": "xy" * 100_000}, wall=1, seconds=600, variables=10**9)
    assert str(sent.problem) == "It was not ready after 1 seconds."


def test_a_template_harms_no_later_one(processes: Processes) -> None:
    deep = "{{ a" + "[a" * 5000 + "]" * 5000 + " }}"
    assert "problem" in processes.render(deep, deep, [{}], "")
    response = processes.render("{{ a }}", "{{ a }}", [{"a": "fine"}], "")
    assert response["results"][0]["html"] == "fine"


TRIES = """
import os, socket, sys
from plugin_server.sandbox.liquid import worker
worker.give_up_rights(dict(seconds=5, memory=2**30))
for attempt in (lambda: open("/etc/hostname"), socket.socket, lambda: os.dup(1)):
    try:
        attempt()
    except OSError as refused:
        print(type(refused).__name__)
    else:
        print("allowed")
"""


def test_the_process_can_open_neither_files_nor_connections() -> None:
    tried = subprocess.run(
        [sys.executable, "-c", TRIES], capture_output=True, text=True, check=True
    )
    assert tried.stdout.split() == ["OSError"] * 3


FILTERS = (
    "{{ '2026-10-08' | date: '%A, %d %B %Y %H:%M' }} {{ 'now' | date: '%%' }}",
    "{{ '<b>a</b> b' | strip_html | escape | url_encode | url_decode | escape_once }}",
    "{{ 'a' | base64_encode | base64_decode | upcase | capitalize | truncate: 1 }}",
    "{{ items | sort: 'title' | map: 'title' | join: ', ' }} {{ items | where: 'n', 2 | size }}",
    "{{ items | map: 'n' | sum }} {{ 7 | divided_by: 2.0 | round: 1 }} {{ '3' | plus: 4 | modulo: 5 }}",
    "{{ 'ß Ö 港' | size }} {{ 'a,b' | split: ',' | reverse | last }} {{ nothing | default: 'd' }}",
    "{% for i in items reversed %}{{ forloop.index }}{% cycle 'a', 'b' %}{% endfor %}",
    "{% case items.size %}{% when 2 %}two{% endcase %}{% unless x %}u{% endunless %}",
    "{% tablerow i in items cols: 1 %}{{ i.title }}{% endtablerow %}{% increment z %}",
    "{{ 'a\nb' | newline_to_br | strip_newlines | slice: 1, 3 }}",
)


def test_whatever_liquid_has_works_within_the_limits() -> None:
    context = {"items": [{"title": "B", "n": 1}, {"title": "A", "n": 2}]}
    for template in FILTERS:
        assert render(template, context).html == Environment().from_string(template).render(context)


def test_the_worker_imports_nothing_of_this_server() -> None:
    limits = json.dumps(asdict(LIMITS))
    shown = subprocess.run(
        [sys.executable, "-I", "-X", "importtime", worker.__file__, limits, *sys.path],
        input=b"",
        capture_output=True,
        check=False,
    )
    assert b"plugin_server" not in shown.stderr
    assert b"liquid.environment" in shown.stderr
    assert shown.returncode == 0


def test_the_processes_are_stopped(processes: Processes) -> None:
    processes.render("a", "a", [{}], "")
    processes.stop()
    # One that comes in the meantime is still rendered, and leaves no other process.
    assert processes.render("b", "b", [{}], "")["results"][0]["html"] == "b"
