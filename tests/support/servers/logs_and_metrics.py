"""What a server reports of itself: its metrics, and the lines of its log."""

import json
from pathlib import Path
from typing import Any

import httpx2
from prometheus_client.parser import text_string_to_metric_families


def measured(url: str, name: str, **labels: str) -> float:
    """Return the sum of a metric's samples that carry these labels; 0 if there are none."""
    response = httpx2.get(f"{url}/metrics")
    assert response.status_code == 200, response.text
    return sum(
        sample.value
        for family in text_string_to_metric_families(response.text)
        for sample in family.samples
        if sample.name == name and labels.items() <= sample.labels.items()
    )


def log_lines(log: Path) -> list[dict[str, Any]]:
    """Return the lines of a JSON log; every line must be one."""
    return [json.loads(line) for line in log.read_text().splitlines()]


def request_line(log: Path, request_id: str) -> dict[str, Any]:
    """Return the one line of a request."""
    [line] = [
        line
        for line in log_lines(log)
        if line["event"] == "request" and line["request_id"] == request_id
    ]
    return line
