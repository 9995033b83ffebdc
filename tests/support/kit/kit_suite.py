"""Runs the test suite of Kit's PHP SDK against the sandbox: ``make kit-suite SDK=folder``.

The suite was written against the live service, and is the strongest statement there is of what that
does. The checkout is copied to a temporary folder, where its two addresses are replaced; nothing of it
becomes part of this project. Each of its classes gets a sandbox of its own: tests of one class build on
the state that others of it leave.

Tests that are known to fail are in ``kit_suite_expected.json``, each with its reason.
"""

import json
import logging
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple
from xml.etree import ElementTree

import httpx2
from support.servers.sandbox import running_sandbox

EXPECTED = Path(__file__).with_name("kit_suite_expected.json")
SUITES = ("ConvertKitAPIKeyTest", "ConvertKitAPIOAuthTest", "ConvertKitMethodsTest")

_ADDRESS = re.compile(r"(\$(?:api_url_base|oauth_token_url) = ')https://api\.kit\.com(?=/)")
_KEY = "kit_sandbox_sdk_suite"
_REDIRECT = "https://suite-fixture.example.com/callback"
_SECRETS = {"client_id": "sdk-suite-client", "client_secret": "sdk-suite-secret"}
_LIBRARIES = ("GuzzleHttp", "Monolog", "Dotenv")
_BOOTSTRAP = """<?php
error_reporting(E_ALL & ~E_DEPRECATED);
foreach ({libraries} as $library) {{
    require_once "/usr/share/php/$library/autoload.php";
}}
spl_autoload_register(function (string $class) {{
    foreach (['ConvertKit_API\\\\' => 'src/', '' => 'tests/'] as $prefix => $folder) {{
        $name = substr($class, strlen($prefix));
        $file = __DIR__ . '/' . $folder . str_replace('\\\\', '/', $name) . '.php';
        if (str_starts_with($class, $prefix) && is_file($file)) {{
            require_once $file;
            return;
        }}
    }}
}});
"""
# Members of the suite's environment, which the fixture account is made for.
_ENVIRONMENT = {
    "BROADCAST_ID": "8697158",
    "CUSTOM_FIELD_ID": "264073",
    "FORM_ID": "2765139",
    "FORM_ID_2": "2780977",
    "SEQUENCE_ID": "1030824",
    "SEQUENCE_EMAIL_ID": "4533458",
    "TAG_NAME": "wordpress",
    "TAG_ID": "2744672",
    "TAG_NAME_2": "gravityforms-tag-1",
    "TAG_ID_2": "2907192",
    "SUBSCRIBER_EMAIL": "olive@noexample.com",
    "SUBSCRIBER_ID": "1579118532",
    "EMAIL_TEMPLATE_ID": "5215567",
    "POST_ID": "3175837",
    "SNIPPET_ID": "136038",
}


class Result(NamedTuple):
    """One test: ``passed``, ``failed`` or ``skipped``, and PHPUnit's words about a failure."""

    name: str
    outcome: str
    text: str


def run(sdk: Path, arguments: Sequence[str] = ()) -> int:
    """Run the suite of a checkout, print what came of it, and return the exit status.

    0 when every test passed, was skipped by the suite itself, or was expected to fail.
    """
    if not (sdk / "src" / "ConvertKit_API_Traits.php").is_file():
        print(f"{sdk} is not a checkout of Kit's PHP SDK.", file=sys.stderr)  # noqa: T201
        return 2
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    with ThreadPoolExecutor(len(SUITES)) as pool:
        results = [
            each
            for found in pool.map(lambda name: _run_class(sdk, name, arguments), SUITES)
            for each in found
        ]
    return report(results, json.loads(EXPECTED.read_text("utf-8")))


def report(results: Sequence[Result], expected: dict[str, str]) -> int:
    """Print the failures and the counts; return 1 when there are others than the expected ones."""
    counts = Counter(each.outcome for each in results)
    failed = [each for each in results if each.outcome == "failed"]
    unexpected = [each for each in failed if each.name not in expected]
    for each in failed:
        if each.name in expected:
            print(f"expected failure: {each.name}: {expected[each.name]}")  # noqa: T201
    passed = [each.name for each in results if each.outcome == "passed" and each.name in expected]
    for name in passed:
        print(f"passed, though it was expected to fail: {name}")  # noqa: T201
    for each in unexpected:
        print(f"FAILED: {each.name}\n{each.text.strip()}\n")  # noqa: T201
    print(  # noqa: T201
        f"{counts['passed']} passed, {len(unexpected)} failed, {len(failed) - len(unexpected)} expected"
        f" failures, {counts['skipped']} skipped by the suite"
    )
    return 1 if unexpected or not results else 0


def _run_class(sdk: Path, name: str, arguments: Sequence[str]) -> list[Result]:
    with TemporaryDirectory() as folder:
        copy, log = Path(folder) / "sdk", Path(folder) / "junit.xml"
        shutil.copytree(sdk, copy, ignore=shutil.ignore_patterns(".git", "vendor"))
        (copy / "src" / "logs").mkdir(exist_ok=True)
        bootstrap = copy / "sandbox_bootstrap.php"
        bootstrap.write_text(_BOOTSTRAP.format(libraries=json.dumps(_LIBRARIES)))
        with running_sandbox(Path(folder) / "data") as url:
            _point_at(copy, url)
            command = ["phpunit", "--bootstrap", str(bootstrap), "--log-junit", str(log)]
            done = subprocess.run(
                [*command, *arguments, "--no-configuration", f"tests/{name}.php"],
                cwd=copy,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                check=False,
            )
        if not log.is_file():
            return [Result(name, "failed", done.stdout)]
        return list(_read(log))


def _point_at(copy: Path, url: str) -> None:
    """Let a copy of the SDK and its suite send their requests to a sandbox."""
    source = copy / "src" / "ConvertKit_API_Traits.php"
    text, replaced = _ADDRESS.subn(rf"\g<1>{url}", source.read_text("utf-8"))
    if replaced != 2:
        raise SystemExit("The SDK's addresses were not found where they used to be.")
    source.write_text(text, "utf-8")
    app = {
        "name": "SDK suite",
        "authorization_url": "https://suite-fixture.example.com/connect",
        "redirect_uris": [_REDIRECT],
        **{f"kit_{name}": value for name, value in _SECRETS.items()},
    }
    httpx2.put(f"{url}/dashboard/app.json", json={"app": app}).raise_for_status()
    environment = {
        **{f"CONVERTKIT_API_{name}": value for name, value in _ENVIRONMENT.items()},
        "CONVERTKIT_API_LEGACY_FORM_URL": f"{url}/pages/470099",
        "CONVERTKIT_API_LANDING_PAGE_URL": f"{url}/pages/cc5eb21744",
        "CONVERTKIT_API_LEGACY_LANDING_PAGE_URL": f"{url}/pages/470103",
        "CONVERTKIT_V4_API_KEY": _KEY,
        "CONVERTKIT_OAUTH_ACCESS_TOKEN": f"{_KEY}_oauth",
        "CONVERTKIT_OAUTH_REFRESH_TOKEN": "not-used-by-the-suite",
        **{f"CONVERTKIT_OAUTH_{name.upper()}": value for name, value in _SECRETS.items()},
        "CONVERTKIT_OAUTH_REDIRECT_URI": _REDIRECT,
    }
    lines = (f'{name}="{value}"\n' for name, value in environment.items())
    (copy / ".env").write_text("".join(lines), "utf-8")


def _read(log: Path) -> Iterator[Result]:
    for case in ElementTree.parse(log).iter("testcase"):
        found = case.find("failure") if case.find("failure") is not None else case.find("error")
        outcome = "failed" if found is not None else "passed"
        if case.find("skipped") is not None:
            outcome = "skipped"
        text = found.text or "" if found is not None else ""
        yield Result(f"{case.get('class')}::{case.get('name')}", outcome, text)


if __name__ == "__main__":
    sys.exit(run(Path(sys.argv[1]), sys.argv[2:]))
