"""The command that attacks the blocks with a folder of somebody else's payloads."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from support.blocks import corpus
from support.blocks.attacks import Failure


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Return a function that runs the command over files, all of whose payloads ``x`` fail."""

    def results(lines: list[corpus.Line]) -> Iterator[corpus.Result]:
        failure = Failure("post", "setting button_text", "element script")
        for line in lines:
            yield corpus.Result(line, 3, [failure] if line.payload == "x" else [])

    def run(**files: str | bytes) -> Result:
        for name, content in files.items():
            data = content if isinstance(content, bytes) else content.encode()
            (tmp_path / f"{name}.jsonl").write_bytes(data)
        return CliRunner().invoke(corpus.main, [str(tmp_path)])

    monkeypatch.setattr(corpus, "_results", results)
    return run


def test_what_fails_is_printed_with_its_place(run: Callable[..., Result]) -> None:
    result = run(
        b='{"payload": "y"}\n\n{"source": "a test", "payload": "x"}\n', a='{"payload": ""}'
    )

    assert result.exit_code == 1
    assert result.output.splitlines() == [
        "b.jsonl:3: post, setting button_text: element script",
        "3 payloads in 9 places, 0 s: 1 failures",
    ]


def test_a_corpus_that_passes_is_counted(run: Callable[..., Result]) -> None:
    result = run(a='{"payload": "y"}\r\n')

    assert (result.exit_code, result.output) == (0, "1 payloads in 3 places, 0 s: 0 failures\n")


@pytest.mark.parametrize("line", ["x", "[]", "{}", '{"payload": 1}', "1", b"\xff", "[" * 100_000])
def test_a_line_that_holds_no_payload_is_named(run: Callable[..., Result], line: str) -> None:
    result = run(a=line)

    assert result.exit_code == 2
    assert "a.jsonl:1 is not a line such as" in result.output


def test_a_folder_without_payloads_is_a_mistake(run: Callable[..., Result]) -> None:
    assert run().exit_code == 2
    assert run(a="\n").exit_code == 2


def test_a_missing_folder_is_a_mistake() -> None:
    runner = CliRunner()

    assert runner.invoke(corpus.main, []).exit_code == 2
    assert runner.invoke(corpus.main, ["no such folder"]).exit_code == 2


def test_payloads_are_tried_by_several_processes() -> None:
    lines = [corpus.Line("a.jsonl", n, "<b>{{ x }}") for n in range(1, 4)]
    results = list(corpus._results(lines))

    assert [result.line for result in results] == lines
    assert all(result.cases > 30 and result.failures == [] for result in results)
