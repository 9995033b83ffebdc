"""Look for pinned dependencies with known vulnerabilities.

Exit status 1 if one has some, and in CI also if the vulnerability service could not be reached or does not
know every package: a check that did not happen must not look like one that passed. ``AUDIT=offline`` says
that this machine cannot ask; then only what was found counts.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

LOCK = Path(__file__).parent / "dev.lock"
# The packages are pinned already: nothing has to be resolved or installed to know them.
COMMAND = ["pip_audit", "-r", LOCK, "--no-deps", "--disable-pip", "--format", "json"]
SECONDS = 120


def audit() -> tuple[list[str], int, int]:
    """Return the vulnerabilities, and how many packages were looked up and are unknown to the service.

    Raises:
        ValueError: the service could not be reached, or its response was not readable.
        subprocess.TimeoutExpired: nor within ``SECONDS``.
    """
    command = [sys.executable, "-m", *map(str, COMMAND), "--progress-spinner", "off"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS)  # noqa: S603
    packages = json.loads(done.stdout)["dependencies"]
    found = [
        f"{each['name']} {each['version']}: {', '.join([entry['id'], *entry['aliases']])}; "
        f"fixed in {', '.join(entry['fix_versions']) or 'no version yet'}"
        for each in packages
        for entry in each.get("vulns", ())
    ]
    return found, len(packages), sum("skip_reason" in each for each in packages)


def main() -> int:
    """Print what was found, and return the exit status."""
    must_ask = bool(os.environ.get("CI")) and os.environ.get("AUDIT") != "offline"
    try:
        found, count, unknown = audit()
    except (ValueError, subprocess.TimeoutExpired):
        say("Dependencies were NOT audited: the vulnerability service cannot be reached from here.")
        return _incomplete(must_ask)
    for line in found:
        say(line)
    if unknown:
        say(f"{unknown} of {count} dependencies were NOT audited: the service does not know them.")
    if not found and unknown < count:
        say(f"{count - unknown} dependencies audited, no known vulnerabilities.")
    if found:
        return 1
    return _incomplete(must_ask) if unknown else 0


def _incomplete(must_ask: bool) -> int:
    """Return the exit status of an audit that has not covered everything."""
    if must_ask:
        say(
            "This fails in CI. Give it network access, or set AUDIT=offline to go on without an audit."
        )
    return int(must_ask)


def say(text: str) -> None:
    """Print a line."""
    print(text)  # noqa: T201 - a command's output


sys.exit(main())
