"""``make corpus CORPUS=folder``: every payload of a folder of JSON lines through every block.

A corpus is any number of files that end in ``.jsonl``, one JSON object a line with a member
``payload``; other members are ignored. Exit status: 0, 1 (something failed), 2 (usage).
"""

import json
import os
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import groupby
from multiprocessing import get_context
from pathlib import Path

import click
from support.blocks import combined_attacks
from support.blocks.attacks import ORDINARY, Failure

_MAX_PRINTED = 200
# Payloads that share requests.
_TOGETHER = 16


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
    failures: list[Failure]


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


def run(lines: Sequence[Line]) -> list[Result]:
    """Put the payloads of lines in every place."""
    reports = combined_attacks.attack([line.payload for line in lines], is_timed=True)
    return [
        Result(line, report.places, report.failures)
        for line, report in zip(lines, reports, strict=True)
    ]


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
    combined_attacks.warm_up()  # also in this process, where the error of a broken block is shown
    # Spawned, not forked: another thread of this process may hold a lock.
    context = get_context("spawn")
    return ProcessPoolExecutor(os.cpu_count(), context, initializer=combined_attacks.warm_up)


def _results(lines: list[Line]) -> Iterator[Result]:
    with pool() as processes:
        for results in processes.map(run, _groups(lines)):
            yield from results


def _groups(lines: list[Line]) -> Iterator[list[Line]]:
    """Yield lines that are tried together: neighbors, which are often alike, but no huge one."""
    for is_huge, each in groupby(lines, lambda line: len(line.payload) > ORDINARY):
        alike = [*each]
        size = 1 if is_huge else _TOGETHER
        yield from (alike[at : at + size] for at in range(0, len(alike), size))


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
