"""A disk that is full for the workers of one server."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager

from support.servers.processes import Server


def fill_disk(server: Server) -> None:
    """Let no worker write beyond the end of the write-ahead log, as if the disk ended there."""
    log = server.data_dir / "plugin-server.db-wal"
    size = log.stat().st_size
    assert server.log.stat().st_size < size, "the workers would not even get their messages out"
    for worker in server.workers():
        resource.prlimit(worker, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


def free_disk(server: Server) -> None:
    endless = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
    for worker in server.workers():
        resource.prlimit(worker, resource.RLIMIT_FSIZE, endless)


@contextmanager
def full_disk(server: Server) -> Iterator[None]:
    """Have the disk full until the block ends."""
    fill_disk(server)
    yield
    free_disk(server)
