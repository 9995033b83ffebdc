"""A block that does not end: where it was is said, and nothing waits for it any longer."""

import os
from collections.abc import Iterator
from contextvars import ContextVar
from pathlib import Path
from threading import Event

import pytest
from support.blocks.packages import QUOTE, import_path, write_package
from support.servers import commands

from plugin_server.examples.time_limit import TookTooLong, run_limited
from plugin_server.rendering.email_styles import EmailStyles
from plugin_server.rendering.renderer import render_block

MODULE, _, TEMPLATE = QUOTE
EXAMPLE = "settings_json/examples/quote/everything_on.json"
FILES = {**QUOTE, EXAMPLE: '{"words": "Fog"}'}
CONTEXT = """
    def context(self, values, data):
        while True:
            pass
"""


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Path]:
    with import_path(tmp_path):
        yield tmp_path


def test_what_ends_returns_or_raises_as_ever() -> None:
    variable = ContextVar("variable", default=0)
    variable.set(7)
    assert run_limited(variable.get) == 7, "it has its caller's context"
    with pytest.raises(ZeroDivisionError):
        run_limited(lambda: 1 / 0)
    with pytest.raises(TimeoutError, match="its own"):
        run_limited(lambda: (_ for _ in ()).throw(TimeoutError("its own")))


def test_an_endless_loop_is_ended() -> None:
    ended = Event()

    def spin() -> None:
        try:
            while True:
                pass
        finally:
            ended.set()

    with pytest.raises(TookTooLong) as error:
        run_limited(spin, 0.2)
    assert error.value.file == Path(__file__)
    assert ended.wait(30)


def test_what_waits_outside_of_python_is_left_behind() -> None:
    event = Event()
    with pytest.raises(TookTooLong):
        run_limited(event.wait, 0.2)
    event.set()


@pytest.mark.parametrize("command", ["render quote --example everything_on", "lint quote"])
@pytest.mark.parametrize(
    ("path", "text", "line"),
    [
        (MODULE, QUOTE[MODULE] + CONTEXT, 10),
        (
            TEMPLATE,
            "\n{% for i in range(9999) %}{% for j in range(9999) %}{% endfor %}{% endfor %}\n"
            + QUOTE[TEMPLATE],
            2,
        ),
    ],
)
def test_commands_name_the_line(
    tmp_path: Path, command: str, path: str, text: str, line: int
) -> None:
    write_package(tmp_path, {**FILES, path: text})
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    done = commands.run(command.split(), environment, seconds=120)
    said = " ".join((done.stdout + done.stderr).split())
    assert done.returncode == 1
    assert f"acme_blocks/{path}:{line}:" in said
    assert said.count("still here after 5 seconds: an endless loop") == 1


def test_a_range_in_a_template_is_bounded(site: Path) -> None:
    endless = "<div>{% for i in range(1000000000) %}{% endfor %}</div>"
    write_package(site, {**QUOTE, TEMPLATE: endless})
    with (
        import_path(site),
        pytest.raises(ValueError, match=r"range\(1000000000\) has more than 10,000 numbers"),
    ):
        render_block("quote", {"words": "Fog"}, EmailStyles(), instance="one")
