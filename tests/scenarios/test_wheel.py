"""The project as it is published: a wheel, installed into an empty environment, away from the checkout."""

import subprocess
import sys
import venv
import zipfile
from pathlib import Path
from typing import Any

import httpx2

CHECKOUT = Path(__file__).parent.parent.parent


def pip(python: str | Path, *arguments: str | Path) -> None:
    quiet = ["-m", "pip", "--disable-pip-version-check", "--quiet"]
    done = subprocess.run(
        [str(python), *quiet, *map(str, arguments)], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


def test_an_installed_wheel_serves_blocks(
    tmp_path: Path, preview_of: Any, make_creator: Any
) -> None:
    pip(sys.executable, "wheel", "--no-deps", "--wheel-dir", tmp_path / "dist", CHECKOUT)
    wheel = next((tmp_path / "dist").glob("*.whl"))
    # The licences of the data ask for their notices wherever it goes.
    with zipfile.ZipFile(wheel) as shipped:
        assert shipped.getinfo("plugin_server/lint/NOTICES.txt").file_size
        assert shipped.getinfo("plugin_server/lint/compat.json").file_size
        assert shipped.getinfo("plugin_server/block_examples/post/typical.json").file_size
    venv.create(tmp_path / "empty", with_pip=True)
    commands = tmp_path / "empty" / "bin"
    pip(commands / "python", "install", "-c", CHECKOUT / "requirements.lock", wheel)

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
