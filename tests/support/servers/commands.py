"""The ``plugin-server`` command as a process of its own that begins where the imports end.

A process that has imported everything forks one for each command: the imports are what a command
spends most of its time on. What is started as an operator does it has to do them, too, and some
tests start it so.
"""

import importlib
import os
import signal
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Mapping
from contextlib import suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import NoReturn

from plugin_server.cli import COMMANDS
from plugin_server.serving import shutdown

_context = get_context("forkserver")
_context.set_forkserver_preload([f"plugin_server.commands.{each}" for each in COMMANDS])

# The standard streams' numbers, and which files they are.
Streams = Mapping[int, Path]


class Command:
    """A command that runs, with the methods of ``subprocess.Popen`` that tests need."""

    def __init__(self, process: ForkServerProcess) -> None:
        process.start()
        self._process = process
        assert process.pid is not None
        self.pid = process.pid

    def poll(self) -> int | None:
        """Return the exit status, ``None`` while it runs."""
        return self._process.exitcode

    def wait(self, seconds: float) -> int:
        """Wait for the end and return the exit status."""
        self._process.join(seconds)
        status = self._process.exitcode
        assert status is not None, f"the command has not ended in {seconds} s"
        return status

    def send_signal(self, number: signal.Signals) -> None:
        """Send a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)


def start(
    words: list[str],
    variables: Mapping[str, str],
    streams: Streams,
    *,
    folder: Path | None = None,
    project: Path | None = None,
) -> Command:
    """Start ``plugin-server`` with these words and exactly these environment variables.

    Args:
        words: the command's name and arguments.
        variables: the environment; ``PYTHONPATH`` may be one folder.
        streams: files for the standard streams.
        folder: the current directory.
        project: a copy of the project whose code is imported, and which is the current directory; this
            checkout's code by default. Libraries are imported already in either case.
    """
    arguments = (words, dict(variables), dict(streams), folder, project)
    return Command(_context.Process(target=_command, args=arguments))


class ImportedProject:
    """A copy of the project that a process has imported, which forks one more for each command.

    The copy's files may change before each command, but for modules that are imported with the commands.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._ours, theirs = _context.Pipe()
        self._process = _context.Process(target=_fork_commands, args=(folder, theirs))
        self._process.start()
        theirs.close()

    def run(
        self, words: list[str], variables: Mapping[str, str], *, seconds: float = 60
    ) -> subprocess.CompletedProcess[str]:
        """Run ``plugin-server`` to its end; return its exit status and what it printed."""
        with tempfile.TemporaryDirectory() as folder:
            files = [Path(folder, name) for name in ("stdin", "stdout", "stderr")]
            files[0].touch()
            self._ours.send((words, dict(variables), dict(enumerate(files))))
            assert self._ours.poll(seconds), f"the command has not ended in {seconds} s"
            return subprocess.CompletedProcess(
                words, self._ours.recv(), files[1].read_text(), files[2].read_text()
            )

    def close(self) -> None:
        """Stop the process."""
        self._ours.close()
        self._process.join(60)


def run(
    words: list[str],
    variables: Mapping[str, str],
    *,
    given: str = "",
    seconds: float = 60,
    project: Path | None = None,
    folder: Path | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run ``plugin-server`` to its end; return its exit status and what it printed."""
    with tempfile.TemporaryDirectory() as place:
        files = [Path(place, name) for name in ("stdin", "stdout", "stderr")]
        streams = dict(enumerate(files))
        files[0].write_text(given)
        command = start(words, variables, streams, project=project, folder=folder)
        try:
            status = command.wait(seconds)
        finally:
            command.send_signal(signal.SIGKILL)
        return subprocess.CompletedProcess(
            words, status, files[1].read_text(), files[2].read_text()
        )


def run_code(code: str) -> str:
    """Run some Python to its end as ``start_code`` does; return what it wrote on standard error."""
    with tempfile.TemporaryDirectory() as folder:
        errors = Path(folder, "stderr")
        started = start_code(code, {1: Path(folder, "stdout"), 2: errors})
        assert started.wait(60) == 0, errors.read_text()
        return errors.read_text()


def start_code(code: str, streams: Streams) -> Command:
    """Start some Python as a program of its own, where all modules of this checkout are imported."""
    return Command(_context.Process(target=_execute, args=(code, dict(streams))))


def _execute(code: str, streams: dict[int, Path]) -> None:
    _redirect(streams)
    exec(compile(code, "<test>", "exec"), {"__name__": "__main__"})  # noqa: S102 - a test's own


def _command(
    words: list[str],
    variables: dict[str, str],
    streams: dict[int, Path],
    folder: Path | None,
    project: Path | None,
) -> None:
    """Become the command."""
    if folder:
        os.chdir(folder)
    # Which Python has read from the environment where a command starts in another way.
    sys.dont_write_bytecode = bool(variables.get("PYTHONDONTWRITEBYTECODE"))
    if project:
        _use(project)
    elif site := variables.get("PYTHONPATH"):
        # Where packages of blocks may be: modules of ours know those that they found.
        _import_from(site)
        sys.dont_write_bytecode = True
    else:
        importlib.reload(shutdown)  # the memory that it shares with its workers must be its own
    _become(words, variables, streams)


def _use(project: Path) -> None:
    """Import a copy of the project from now on, which is the current directory."""
    _import_from(str(project))
    os.chdir(project)


def _import_from(folder: str) -> None:
    """Import this project's modules again, with a folder before all others of the import path."""
    for name in [name for name in sys.modules if name.partition(".")[0] == "plugin_server"]:
        del sys.modules[name]
    sys.path.insert(0, folder)


def _become(words: list[str], variables: dict[str, str], streams: dict[int, Path]) -> None:
    os.environ.clear()
    os.environ.update(variables)
    _redirect(streams)
    sys.stdin = open(0, closefd=False)  # noqa: SIM115 # which was closed in this process
    sys.argv = ["plugin-server", *words]
    importlib.import_module("plugin_server.cli").main(words, prog_name="plugin-server")


def _redirect(streams: Streams) -> None:
    for number, path in streams.items():
        how = os.O_RDONLY if number == 0 else os.O_WRONLY | os.O_CREAT | os.O_APPEND
        stream = os.open(path, how)
        os.dup2(stream, number)
        os.close(stream)


def _fork_commands(project: Path, jobs: Connection) -> None:
    """Run each command that is sent, in a fork; send its exit status."""
    _use(project)
    for name in COMMANDS:
        importlib.import_module(f"plugin_server.commands.{name}")
    # Two versions of a file may have one size and one time, by which Python knows what it compiled.
    sys.dont_write_bytecode = True
    with jobs, suppress(EOFError):
        while True:
            job = jobs.recv()
            child = os.fork()
            if not child:
                _end_with_status_of(job)
            jobs.send(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))


def _end_with_status_of(job: tuple[list[str], dict[str, str], dict[int, Path]]) -> NoReturn:
    """Become a command, and end as Python ends after it."""
    status: object = 1
    try:
        _become(*job)
        status = 0
    except SystemExit as end:
        status = end.code
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status if isinstance(status, int) else int(status is not None))
