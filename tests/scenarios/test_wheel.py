"""The project as it is published: a wheel, installed into an empty environment, away from the checkout."""

import subprocess
import zipfile
from pathlib import Path
from typing import Any

import httpx2
import pytest
from support.servers.processes import SECRETS


@pytest.mark.parametrize(
    ("extra", "variable", "value"),
    [
        ("postgres", "DATABASE_URL", "postgresql://us@127.0.0.1/blocks"),
        ("redis", "REDIS_URL", "redis://127.0.0.1:6379/0"),
        ("sentry", "SENTRY_DSN", "https://key@sentry.example/1"),
        ("otel", "OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4318"),
    ],
)
def test_a_variable_that_needs_an_extra_names_it(
    commands: Path, extra: str, variable: str, value: str
) -> None:
    done = subprocess.run(
        [commands / "plugin-server", "db", "upgrade"],
        env={**SECRETS, variable: value},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert done.stderr.startswith(f"Error: {variable} cannot be used: it needs the extra {extra};")
    assert done.stderr.count("\n") == 1


def test_an_installed_wheel_serves_blocks(
    wheel: Path, commands: Path, preview_of: Any, make_creator: Any
) -> None:
    # The licences of the data ask for their notices wherever it goes.
    with zipfile.ZipFile(wheel) as shipped:
        assert shipped.getinfo("plugin_server/lint/NOTICES.txt").file_size
        assert shipped.getinfo("plugin_server/lint/compat.json").file_size
        assert shipped.getinfo("plugin_server/settings_json/examples/post/typical.json").file_size
    subprocess.run(
        [commands / "plugin-server", "render", "post", "--example", "typical"], check=True
    )
    preview = preview_of([str(commands / "plugin-server")])
    assert httpx2.get(f"{preview.server}/healthz").json() == {"status": "ok"}
    assert httpx2.get(f"{preview.server}/settings/post.json").json()[0]["name"] == "post"
    token = make_creator(preview).tokens()["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    found = httpx2.post(
        f"{preview.server}/blocks/post/search/post", json={"search": ""}, headers=headers
    ).json()
    block = httpx2.post(
        f"{preview.server}/blocks/post/html",
        json={"settings": {"post": found["data"][0]["value"]}},
        headers=headers,
    ).json()
    assert block["code"] == 200
    assert 'role="presentation"' in block["html"]
