"""Packages of blocks that are installed beside the built-in one."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.blocks.packages import QUOTE, import_path, write_package
from support.blocks.served import BLOCKS
from support.servers.settings import SETTINGS

from plugin_server.app import create_app
from plugin_server.blocks.base import API_VERSION, context_of
from plugin_server.blocks.loading import LoadedBlocks, load_block, load_blocks
from plugin_server.config.environment import ConfigError, load_config
from plugin_server.errors import BlockUnavailable, NotFound
from plugin_server.examples.sample_accounts import typical_account
from plugin_server.oauth.scopes import declared_scopes
from plugin_server.preview.source_errors import source_error_of
from plugin_server.rendering.email_styles import EmailStyles
from plugin_server.rendering.renderer import render_block
from plugin_server.store.base import Store

BUILT_IN = [block.name for block in BLOCKS]
READER = """from plugin_server.blocks.base import Block

class Quote(Block):
    "Quote."
    scopes = {scopes}
"""


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Path]:
    with import_path(tmp_path):
        yield tmp_path


def loaded(site: Path, names: tuple[str, ...] = ()) -> LoadedBlocks:
    with import_path(site):
        return load_blocks(names)


def problem(site: Path, block: str = "quote") -> str:
    """Return why a block was left out; no other one is loaded."""
    [failure] = loaded(site, (block,)).failures
    return str(getattr(failure.error, "problem", failure.error))


def test_a_class_with_a_docstring_is_a_block(site: Path) -> None:
    write_package(site, QUOTE)
    found = loaded(site)
    assert found.failures == ()
    quote = found.find("quote")
    assert [block.name for block in found] == [*BUILT_IN, "quote"]
    assert (quote.label, quote.description) == ("Quote", "Show a sentence that somebody said")
    assert sum(text.count("\n") + 1 for path, text in QUOTE.items() if ".html" not in path) < 20


def test_a_block_of_a_package_renders(site: Path) -> None:
    write_package(site, QUOTE)
    with import_path(site):
        quote = load_block("quote")
        values = quote.settings.parse({"words": "Lend <me> your ears"})
        context = context_of(quote, values, typical_account())
        html = render_block("quote", context, EmailStyles(), instance="one")
    assert "Lend &lt;me&gt; your ears" in html


def test_macros_of_a_package_are_its_own(site: Path) -> None:
    macro = "{% macro loud(styles, words) %}<p>{{ words }}!</p>{% endmacro %}"
    template = '{% import "macros/acme.html" as acme %}<div>{{ acme.loud(styles, words) }}</div>'
    files = {"templates/macros/acme.html": macro, "templates/blocks/quote.html": template}
    write_package(site, {**QUOTE, **files})
    write_package(
        site,
        {
            path.replace("quote", "other"): text.replace("!", "?")
            for path, text in {**QUOTE, **files}.items()
        },
        name="other-blocks",
    )
    with import_path(site):
        for name, mark in (("quote", "!"), ("other", "?")):
            html = render_block(name, {"words": "Hear"}, EmailStyles(), instance="one")
            assert f"Hear{mark}" in html


def test_blocks_are_chosen_by_name(site: Path) -> None:
    write_package(site, QUOTE)
    found = loaded(site, ("quote", "post"))
    assert [block.name for block in found] == ["post", "quote"]
    assert list(declared_scopes(found)) == ["read:posts"]
    with pytest.raises(NotFound):
        found.find("product")


def test_an_unknown_name_is_refused_with_a_suggestion(site: Path) -> None:
    write_package(site, QUOTE)
    with import_path(site), pytest.raises(ConfigError) as refusal:
        load_config(**SETTINGS, blocks="post, quotes")
    assert "BLOCKS" in str(refusal.value)
    assert 'no installed package has a block quotes. Did you mean "quote"?' in str(refusal.value)


def test_scopes_come_with_their_sentences(site: Path) -> None:
    scopes = {"read:tags": "Read the names of your tags"}
    write_package(site, {**QUOTE, "quote.py": READER.format(scopes=scopes)})
    assert declared_scopes(loaded(site, ("quote",)))["read:tags"] == "Read the names of your tags"


@pytest.mark.parametrize(
    ("scopes", "sentence"),
    [
        ("'read:tags'", "not str"),
        ("('read:tags',)", "not tuple"),
        ("{'read:tags': ''}", 'the scope "read:tags" has no sentence for the consent page'),
        ("{'read tags': 'Read'}", "'read tags' is not a scope"),
    ],
)
def test_scopes_without_sentences_are_refused(site: Path, scopes: str, sentence: str) -> None:
    write_package(site, {**QUOTE, "quote.py": READER.format(scopes=scopes)})
    assert sentence in problem(site)


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        ({"quote.py": "import nothing_like_it"}, "No module named 'nothing_like_it'"),
        ({"quote.py": "def"}, "invalid syntax"),
        ({"quote.py": "import sys; sys.exit(3)"}, "the module exits: SystemExit(3)"),
        ({"quote.py": "x = 1"}, "one subclass of Block; this one has none"),
        (
            {"quote.py": READER.format(scopes={}) + "    name = 'motto'"},
            'the block is called "motto" and its file quote.py',
        ),
        ({"settings_json/quote.json": "[{]"}, "expected a name in double quotes"),
        ({"templates/blocks/quote.html": "{% if words %}"}, "Unexpected end of template"),
        ({"templates/blocks/quote.html": '{% import "macros/x.html" as x %}'}, "macros/x.html"),
        (
            {
                "settings_json/quote.json": """[{"type": "search", "name": "post", "label": "Post",
                "request_url": "/blocks/quote/search/post"}]"""
            },
            'has the search field "post", and QuoteBlock has no method "search"',
        ),
        ({"quote.py": READER.format(scopes={}) + "    label = ''"}, '"label" is empty'),
        ({"quote.py": READER.format(scopes={}) + "    sort_order = 'last'"}, '"sort_order"'),
    ],
)
def test_a_broken_block_is_left_out_alone(site: Path, files: dict[str, str], sentence: str) -> None:
    write_package(site, {**QUOTE, **files})
    assert sentence in problem(site)


@pytest.mark.parametrize(
    "missing", ["quote.py", "settings_json/quote.json", "templates/blocks/quote.html"]
)
def test_a_missing_file_is_named(site: Path, missing: str) -> None:
    (write_package(site, QUOTE) / missing).unlink()
    with import_path(site):
        failure = load_blocks().failures[0]
    text = str(failure.error)
    assert missing in text


def test_all_mistakes_of_a_class_are_named_at_once(site: Path) -> None:
    module = READER.format(scopes="'read:tags'") + "    name = 'motto'\n    label = ''"
    write_package(site, {**QUOTE, "quote.py": module})
    found = problem(site)
    assert [word for word in ("motto", '"label"', '"scopes"') if word not in found] == []


def test_a_package_that_needs_a_newer_server_is_left_out(site: Path) -> None:
    write_package(site, {**QUOTE, "__init__.py": f"REQUIRES_API = {API_VERSION + 1}"})
    assert f"acme-blocks 1.2 requires version {API_VERSION + 1}" in problem(site)


def test_a_package_that_is_not_there_is_left_out(site: Path) -> None:
    folder = write_package(site, {})
    (folder / "__init__.py").unlink()
    folder.rmdir()
    assert (
        problem(site)
        == 'acme-blocks 1.2 declares the blocks of "acme_blocks", which does not exist; restart the server '
        "if it was installed a moment ago"
    )


def test_the_second_block_of_a_name_is_left_out(site: Path) -> None:
    write_package(site, {path.replace("quote", "post"): text for path, text in QUOTE.items()})
    assert "has a block post, too" in problem(site, "post")


def test_a_broken_block_does_not_get_in_the_way_of_others(site: Path, store: Store) -> None:
    write_package(site, {**QUOTE, "quote.py": "def"})
    with import_path(site):
        blocks = load_blocks()
        app = create_app(load_config(**SETTINGS), store=store, blocks=blocks)
        with pytest.raises(BlockUnavailable):
            blocks.find("quote")
        client = app.test_client()
        ready = client.get("/readyz")
        assert (ready.status_code, ready.json) == (
            200,
            {"status": "degraded", "reason": "Left out: quote of acme-blocks 1.2."},
        )
        assert client.get("/settings/post.json").status_code == 200


def test_the_icon_of_a_package_is_served(site: Path, store: Store) -> None:
    folder = write_package(site, {**QUOTE, "static/icons/quote.svg": "<svg/>"})
    assert folder.is_dir()
    with import_path(site):
        app = create_app(load_config(**SETTINGS), store=store, blocks=load_blocks())
        client = app.test_client()
        with client.get("/static/icons/quote.svg") as response:
            assert response.data == b"<svg/>"
        with client.get("/static/icons/post.png") as response:
            assert response.status_code == 200
        assert client.get("/static/icons/nothing.png").status_code == 404


def test_the_settings_json_of_a_package_is_published(site: Path, store: Store) -> None:
    write_package(site, QUOTE)
    with import_path(site):
        app = create_app(load_config(**SETTINGS), store=store, blocks=load_blocks())
        published = app.test_client().get("/settings/quote.json").text
    assert json.loads(published)[0]["name"] == "words"


def test_an_exception_at_run_time_says_whose_block_failed(site: Path) -> None:
    module = (
        READER.format(scopes={})
        + """
    def context(self, values, data):
        return {}["motto"]
"""
    )
    write_package(site, {**QUOTE, "quote.py": module})
    with import_path(site):
        quote = load_block("quote")
        with pytest.raises(KeyError) as raised:
            context_of(quote, quote.settings.parse({"words": "Hear"}), typical_account())
    assert raised.value.__notes__ == ["In the block quote of acme-blocks 1.2."]


def test_a_package_that_cannot_be_used_is_the_place_of_its_error(site: Path) -> None:
    write_package(site, {**QUOTE, "__init__.py": f"REQUIRES_API = {API_VERSION + 1}"})
    [failure] = loaded(site, ("quote",)).failures
    assert str(source_error_of(failure.error)).startswith("acme-blocks 1.2: requires version")
