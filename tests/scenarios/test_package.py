"""A package of somebody else's blocks: made by a command, installed beside the published server."""

import json
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
from playwright.sync_api import Browser, Page, expect
from support.browser.editing_files import save
from support.servers.processes import SECRETS, Preview, running_server
from support.servers.wheel import environment_on_top, pip

from plugin_server.preview.own_server import KIT_CLIENT_ID

# Of Kit's API no built-in block reads tags; nor do they request their scope.
TAG_MODULE = '''"""The Tide block."""

from plugin_server.blocks import (
    AccountData,
    Block,
    Candidate,
    ContentNotFound,
    Option,
    OptionIndex,
    SearchQuery,
    Values,
    endpoints,
    kit_list,
    models,
)



def by_value(tags: tuple[models.Tag, ...]) -> dict[str, str]:
    """Return the tags' names by the value that the sidebar stores."""
    return {str(tag.id): tag.name or "" for tag in tags}


TAGS = kit_list(
    endpoints.TAGS, scope="read:tags", sample=[models.Tag(id=1, name="Came by ferry")]
).map(by_value)


class Tide(Block):
    """Say which tag readers of this email have."""

    scopes = {"read:tags": "Read the names of your tags"}

    def search(self, setting: str, query: SearchQuery, data: AccountData) -> list[Option]:
        """Return the tags whose names match."""
        tags = data.get(TAGS, for_search=True)
        return OptionIndex(Candidate(name, number) for number, name in tags.items()).search(query)

    def context(self, values: Values, data: AccountData) -> dict[str, object]:
        """Return the chosen tag's name."""
        name = data.get(TAGS).get(values.result("tag"))
        if name is None:
            raise ContentNotFound("This tag was deleted. Choose another one.")
        return {"name": name}
'''
TAG_SETTINGS = [
    {
        "type": "search",
        "name": "tag",
        "label": "Tag",
        "required": True,
        "request_url": "/blocks/tide/search/tag",
    }
]
TAG_TEMPLATE = """{% import "macros/email.html" as email %}
{% call email.section(css_class, name|direction) %}
{{ email.paragraph(styles, name) }}
{% endcall %}
"""


@pytest.fixture(scope="module")
def commands(commands: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment that the package may be installed in, with the published server."""
    return environment_on_top(commands, tmp_path_factory.mktemp("environment"))


@pytest.fixture(scope="module")
def package(commands: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a package with two blocks, one of them on a Kit resource of its own."""
    home = tmp_path_factory.mktemp("home")
    command = commands / "plugin-server"
    subprocess.run([command, "new", "acme-blocks"], cwd=home, check=True)
    folder = home / "acme-blocks"
    subprocess.run([command, "new", "block", "tide"], cwd=folder, check=True)
    module = folder / "acme_blocks"
    (module / "tide.py").write_text(TAG_MODULE)
    (module / "settings_json" / "tide.json").write_text(json.dumps(TAG_SETTINGS))
    (module / "templates" / "blocks" / "tide.html").write_text(TAG_TEMPLATE)
    for example in (module / "settings_json" / "examples" / "tide").iterdir():
        example.write_text('{"tag": "1"}')
    (folder / "tests" / "test_tide.py").unlink()
    python = commands / "python"
    backend = ("hatchling==1.33.0", "editables", "pathspec", "pluggy", "trove-classifiers")
    pip("--python", python, "install", "--no-deps", *backend, "packaging")
    pip("--python", python, "install", "--no-deps", "--no-build-isolation", "-e", folder)
    return folder


def run(commands: Path, program: str, *arguments: str, cwd: Path) -> str:
    done = subprocess.run([commands / program, *arguments], cwd=cwd, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_a_package_keeps_the_contract(commands: Path, package: Path) -> None:
    tested = run(commands, "python", "-m", "pytest", "-v", cwd=package)
    assert "test_blocks[quote-lint-typical] PASSED" in tested
    assert "test_blocks[tide-drafts-typical] PASSED" in tested
    assert "no problems found" in run(
        commands, "plugin-server", "lint", "--strict", "quote", "tide", cwd=package
    )
    run(commands, "plugin-server", "settings", "check", cwd=package)


class Editor:
    """The sandbox's editor with one block of each kind, as a creator has it open."""

    def __init__(self, page: Page, preview: Preview) -> None:
        self.page, self.preview = page, preview

    def install(self) -> str:
        """Install the app; return what the consent page says."""
        self.page.goto(f"{self.preview.sandbox}/apps/1")
        self.page.get_by_test_id("install").click()
        approve, allow = self.page.get_by_test_id("kit-approve"), self.page.get_by_test_id("allow")
        expect(approve.or_(allow)).to_be_visible()
        if approve.is_visible():
            approve.click()
        expect(allow).to_be_visible()
        consent = self.page.locator("main").inner_text()
        allow.click()
        expect(self.page.get_by_test_id("uninstall")).to_be_visible()
        return consent

    def uninstall(self) -> None:
        self.page.goto(f"{self.preview.sandbox}/apps/1")
        self.page.get_by_test_id("uninstall").click()
        expect(self.page.get_by_test_id("install")).to_be_visible()

    def insert_quote(self, words: str) -> None:
        self.page.goto(f"{self.preview.sandbox}/editor")
        self.page.get_by_test_id("insert-quote").click()
        self.page.get_by_label("Text", exact=True).fill(words)

    def insert_tide(self) -> str:
        """Insert the block on tags with the first one; return the tag."""
        self.page.get_by_test_id("insert-tide").click()
        self.page.get_by_role("combobox", name="Tag").click()
        option = self.page.locator("[data-setting=tag] [role=option]").first
        tag = option.inner_text().strip()
        option.click()
        return tag

    def expect(self, words: str) -> None:
        """Wait until the email shows these words."""
        email = self.page.frame_locator("iframe[data-view=desktop]")
        expect(email.get_by_text(words).first).to_be_visible()


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(viewport={"width": 1440, "height": 1000})
    yield context.new_page()
    context.close()


@contextmanager
def broken(file: Path, text: str) -> Iterator[None]:
    """Have a file hold something else until the block ends."""
    before = file.read_text()
    save(file, text)
    try:
        yield
    finally:
        save(file, before)


def post_html(
    preview: Preview, token: str, block: str, settings: dict[str, Any]
) -> httpx2.Response:
    return httpx2.post(
        f"{preview.server}/blocks/{block}/html",
        json={"settings": settings},
        headers={"Authorization": f"Bearer {token}"},
        timeout=30,
    )


@pytest.mark.chromium
def test_a_package_is_previewed_reloaded_and_served(
    commands: Path,
    package: Path,
    page: Page,
    preview_of: Callable[[list[str]], Preview],
    make_creator: Any,
    free_ports: Callable[[int], list[int]],
    tmp_path: Path,
) -> None:
    preview = preview_of([str(commands / "plugin-server")])
    editor = Editor(page, preview)
    assert "Read the names of your tags" in editor.install()
    editor.insert_quote("Bread and tides")
    editor.expect("Bread and tides")
    editor.expect(editor.insert_tide())

    # Every change is shown at once.
    template = package / "acme_blocks" / "templates" / "blocks" / "quote.html"
    save(template, template.read_text().replace("(styles, text,", "(styles, 'Fresh paint',"))
    editor.expect("Fresh paint")

    # What is broken says where, and the other blocks go on.
    token = make_creator(preview).tokens()["access_token"]
    module = package / "acme_blocks" / "quote.py"
    settings = package / "acme_blocks" / "settings_json" / "quote.json"
    for file, text, place in (
        (module, "import nothing_like_it\n", "quote.py, line 1"),
        (template, "{% if text %}", "quote.html, line 1"),
        (settings, "[{]", "quote.json, line 1"),
    ):
        with broken(file, text):
            expect(page.get_by_text(place).first).to_be_visible()
            profile = post_html(preview, token, "creator_profile", {})
            assert profile.json()["code"] == 200
        expect(page.locator("#broken")).to_be_hidden()
    editor.expect("Fresh paint")
    editor.uninstall()

    # As in production, with OAuth, behind the same Kit.
    secrets = json.loads((preview.data_dir / "sandbox-secrets.json").read_text())
    variables = {
        "KIT_API_URL": preview.sandbox,
        "KIT_APP_URL": preview.sandbox,
        "KIT_OAUTH_URL": f"{preview.sandbox}/v4/oauth",
        "KIT_CLIENT_ID": KIT_CLIENT_ID,
        "KIT_CLIENT_SECRET": secrets["KIT_CLIENT_SECRET"],
        "BLOCKS": "tide,quote",
        "PLUGIN_REDIRECT_URIS": f"https://app.kit.com/apps/install,{preview.sandbox}/apps/install",
    }
    folder = tmp_path / "served"
    folder.mkdir()

    def begin(environment: dict[str, str], log: Path) -> Any:
        with log.open("a") as output:
            return subprocess.Popen(
                [commands / "plugin-server", "serve"], env=environment, stderr=output
            )

    with running_server(folder, free_ports(1)[0], begin, **variables) as server:
        paste = (
            "import sys\n"
            "from plugin_server.blocks.loading import load_blocks\n"
            "from plugin_server.config.environment import load_config\n"
            "from plugin_server.preview.dashboard import dashboard_entries\n"
            "from plugin_server.preview.local_kit import LocalKit\n"
            "config = load_config(base_url=sys.argv[1])\n"
            "entries = dashboard_entries(config, load_blocks(config.blocks))\n"
            "LocalKit(sys.argv[2]).paste(entries, only=True)\n"
        )
        subprocess.run(
            [commands / "python", "-c", paste, server.server, preview.sandbox],
            env={**SECRETS, **variables},
            check=True,
        )
        served = Editor(page, preview)
        consent = served.install()
        assert "Read the names of your tags" in consent
        assert "Read your published posts" not in consent
        served.insert_quote("Served words")
        served.expect("Fresh paint")
        served.expect(served.insert_tide())
        served.uninstall()
        ready = httpx2.get(f"{server.server}/readyz").json()
        assert ready == {"status": "ok"}
        assert httpx2.get(f"{server.server}/static/icons/quote.png").status_code == 200
        assert httpx2.get(f"{server.server}/settings/post.json").status_code == 404
