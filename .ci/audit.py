"""Ask which pinned dependencies have known weaknesses; status 1 if one has.

The answer comes over the network. Where the service cannot be reached, or does not know our packages, this
says so and fails nothing: a machine without a network can still lint.
"""

import json
import subprocess
import sys
from pathlib import Path

LOCK = Path(__file__).parent.parent / "requirements.lock"
# The packages are pinned already: nothing has to be resolved or installed to know them.
COMMAND = ["pip_audit", "-r", LOCK, "--no-deps", "--disable-pip", "--format", "json"]
SECONDS = 120


def audit() -> tuple[list[str], int, int]:
    """Return what was found, and how many packages were asked about and not answered for."""
    command = [sys.executable, "-m", *map(str, COMMAND), "--progress-spinner", "off"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS)  # noqa: S603
    packages = json.loads(done.stdout)["dependencies"]
    found = [
        f"{each['name']} {each['version']}: {', '.join([weakness['id'], *weakness['aliases']])}; "
        f"mended in {', '.join(weakness['fix_versions']) or 'no version yet'}"
        for each in packages
        for weakness in each.get("vulns", ())
    ]
    return found, len(packages), sum("skip_reason" in each for each in packages)


def main() -> int:
    """Print what is to be known, and return the exit status."""
    try:
        found, asked, unanswered = audit()
    except (ValueError, subprocess.TimeoutExpired):
        say("Dependencies were NOT audited: the vulnerability service cannot be reached from here.")
        return 0
    for line in found:
        say(line)
    if unanswered:
        say(
            f"{unanswered} of {asked} dependencies were NOT audited: the service here does not know them."
        )
    if not found and unanswered < asked:
        say(f"{asked - unanswered} dependencies audited, no known weaknesses.")
    return 1 if found else 0


def say(text: str) -> None:
    """Print a line."""
    print(text)  # noqa: T201 - a command's output


sys.exit(main())
