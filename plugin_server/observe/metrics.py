"""The Prometheus metrics.

Every label has few values, all from our own code: never an id, a URL or anything that a client chooses.
Under gunicorn each process counts in a file of its own and ``exposition`` adds them up. The files belong to
worker slots (first worker, second worker …), not to process ids, so that a worker continues its predecessor's
counts, and there are as many files as workers however often workers are replaced.
"""

import functools
import re
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest, values
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

from plugin_server.config.environment import export

REGISTRY = CollectorRegistry()

# Seconds: a cached block takes less than a millisecond, and EDITOR_DEADLINE is 8 s.
_REQUEST_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_KIT_BUCKETS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_SHARES = (0.0, 0.1, 0.25, 0.5, 0.75, 1.0)

# Each has a label: prometheus-client opens a metric without one at import, before ``share``.
REQUESTS = Histogram(
    "plugin_server_request_duration_seconds",
    "Requests: how many, how long, and how they ended (ok, or the class of the error).",
    ["endpoint", "block", "outcome"],
    buckets=_REQUEST_BUCKETS,
    registry=REGISTRY,
)
REFUSED = Counter(
    "plugin_server_refused_requests_total",
    "Requests that were not HTTP, too large, or too slow to be read.",
    ["reason"],
    registry=REGISTRY,
)
CACHE = Counter(
    "plugin_server_cache_results_total",
    "Requests by what the cache of account data had for them: hit, stale or miss.",
    ["block", "result"],
    registry=REGISTRY,
)
EVICTIONS = Counter(
    "plugin_server_cache_evictions_total",
    "Entries evicted from a cache in memory to make room for others, by cache.",
    ["cache"],
    registry=REGISTRY,
)
PREPARED_BLOCKS = Counter(
    "plugin_server_prepared_blocks_total",
    "Renders by whether the block was prepared: hit or miss.",
    ["result"],
    registry=REGISTRY,
)
KIT_REQUESTS = Histogram(
    "plugin_server_kit_request_duration_seconds",
    "Requests to Kit's API: how many, how long, and Kit's status (none: no complete response).",
    ["resource", "status"],
    buckets=_KIT_BUCKETS,
    registry=REGISTRY,
)
KIT_BUDGET = Histogram(
    "plugin_server_kit_budget_left_ratio",
    "What was left of an account's budget of Kit requests, 0 to 1, at each request.",
    ["credential"],
    buckets=_SHARES,
    registry=REGISTRY,
)
KIT_REFRESHES = Counter(
    "plugin_server_kit_token_refreshes_total",
    "Refreshes of creators' Kit tokens: done, refused, or without a response.",
    ["result"],
    registry=REGISTRY,
)
WEBHOOKS = Counter(
    "plugin_server_webhook_deliveries_total",
    "Deliveries of Kit's webhooks by type of event, and how they ended (ok, or the class of the error).",
    ["event", "outcome"],
    registry=REGISTRY,
)
EVENTS = Counter(
    "plugin_server_oauth_events_total",
    "Events of the audit log, by name.",
    ["event"],
    registry=REGISTRY,
)
POOL = Gauge(
    "plugin_server_database_connections",
    "Database connections in use.",
    ["database"],
    multiprocess_mode="livesum",
    registry=REGISTRY,
)
REDIS_FAILURES = Counter(
    "plugin_server_redis_failures_total",
    "Commands that Redis did not respond to in time, or with an error.",
    ["server"],
    registry=REGISTRY,
)
REDIS_UNAVAILABLE = Gauge(
    "plugin_server_redis_unavailable",
    "Processes that go on without Redis at present, because it does not respond.",
    ["server"],
    multiprocess_mode="livesum",
    registry=REGISTRY,
)

# Looking up a labelled child costs as much as counting, and there are few.
request_duration = functools.cache(REQUESTS.labels)
cache_result = functools.cache(CACHE.labels)
prepared_block_result = functools.cache(PREPARED_BLOCKS.labels)
evictions = functools.cache(EVICTIONS.labels)

_WORD = re.compile(r"[a-z_]+")
_slot = "master"
_folder: Path | None = None


def resource_of(path: str) -> str:
    """Return which resource of Kit's API a path is about, such as ``posts`` or ``posts/{id}``."""
    parts = path.removeprefix("/v4/").split("/")
    return "/".join(part if _WORD.fullmatch(part) else "{id}" for part in parts)


def share(folder: Path) -> None:
    """Have this process and its children count together, in files of an empty folder.

    Call it before anything is counted.
    """
    global _folder
    _folder = folder
    export("PROMETHEUS_MULTIPROC_DIR", str(folder))
    # The variable is read when the library is imported, which was before we knew the folder.
    values.ValueClass = values.MultiProcessValue(process_identifier=lambda: _slot)


def use_worker_slot(slot: str) -> None:
    """Count in this slot's file from now on; no two running processes may have the same."""
    global _slot
    _slot = slot


def release_worker_slot(slot: str) -> None:
    """Remove the gauges of a process that has stopped, such as its connections in use."""
    mark_process_dead(slot, path=str(_folder) if _folder else None)


def exposition() -> bytes:
    """Return the metrics of all processes in Prometheus's text format."""
    if _folder is None:
        return generate_latest(REGISTRY)
    together = CollectorRegistry()
    MultiProcessCollector(together, path=str(_folder))
    return generate_latest(together)
