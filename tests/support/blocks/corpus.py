"""``make corpus CORPUS=folder``: every payload of a folder of JSON lines through every block.

A corpus is any number of files that end in ``.jsonl``, one JSON object a line with a member
``payload``; other members are ignored. Exit status: 0, 1 (something failed), 2 (usage).
"""

import json
import os
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import click
from support.blocks import attacks

_MAX_PRINTED = 200


@dataclass(frozen=True)
class Line:
    """One payload and its place in the corpus."""

    file: str
    number: int
    payload: str


@dataclass(frozen=True)
class Result:
    """The result of a line: the number of places that it was put in, and the failures."""

    line: Line
    cases: int
    failures: list[attacks.Failure]


def read(folder: Path) -> Iterator[Line]:
    """Yield the payloads of a folder.

    Raises:
        click.UsageError: a line that is not a JSON object with a payload.
    """
    for path in sorted(folder.glob("*.jsonl")):
        for number, text in enumerate(path.read_bytes().split(b"\n"), 1):
            if text.strip():
                yield Line(path.name, number, _payload(text, f"{path.name}:{number}"))


def _payload(text: bytes, where: str) -> str:
    try:
        payload = json.loads(text)["payload"]
    except (ValueError, LookupError, TypeError, RecursionError):
        payload = None
    if not isinstance(payload, str):
        raise click.UsageError(f'{where} is not a line such as {{"payload": "…"}}.')
    return payload


def run(line: Line) -> Result:
    """Put a line's payload in every place."""
    return Result(line, *attacks.attack(line.payload, is_timed=True))


class Progress:
    """A progress line on a terminal."""

    def __init__(self, total: int) -> None:
        self.total = total
        self.is_shown = sys.stderr.isatty()

    def show(self, done: int, failed: int) -> None:
        if self.is_shown:
            text = f"\r{done:,} of {self.total:,} payloads, {failed:,} failures"
            click.echo(text, nl=False, err=True)

    def clear(self) -> None:
        if self.is_shown:
            click.echo("\r\x1b[K", nl=False, err=True)


def pool() -> ProcessPoolExecutor:
    """Return processes that are ready to attack, one for each CPU."""
    attacks.warm_up()  # also in this process, where the error of a broken block is shown
    # Spawned, not forked: another thread of this process may hold a lock.
    context = get_context("spawn")
    return ProcessPoolExecutor(os.cpu_count(), context, initializer=attacks.warm_up)


def _results(lines: list[Line]) -> Iterator[Result]:
    with pool() as processes:
        yield from processes.map(run, lines, chunksize=8)


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
def main(folder: Path) -> None:
    """Put every payload of FOLDER/*.jsonl in every place where text enters a block."""
    lines = list(read(folder))
    if not lines:
        raise click.UsageError(
            f'{folder} has no *.jsonl file with lines such as {{"payload": "…"}}.'
        )
    start = time.monotonic()
    progress = Progress(len(lines))
    cases = failed = 0
    for done, result in enumerate(_results(lines), 1):
        cases += result.cases
        for failure in result.failures:
            failed += 1
            if failed <= _MAX_PRINTED:
                progress.clear()
                click.echo(f"{result.line.file}:{result.line.number}: {failure}")
        progress.show(done, failed)
    progress.clear()
    if failed > _MAX_PRINTED:
        click.echo(f"… and {failed - _MAX_PRINTED:,} more")
    seconds = time.monotonic() - start
    click.echo(f"{len(lines):,} payloads in {cases:,} places, {seconds:.0f} s: {failed:,} failures")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main(prog_name="make corpus CORPUS=")
