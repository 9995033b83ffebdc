"""A Dockerfile carried out without Docker: each stage in an empty root that holds what it declares.

Where Docker would pull a base image, the stage sees this machine's ``/usr`` and Python, read-only, and
nothing else of it: no checkout, no home folder. ``.dockerignore`` decides what ``COPY`` finds. A stage is
entered with bubblewrap, for which no daemon is needed.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

# Folders that come from the base image, where this machine has them. The images of Python have it in
# /usr/local, and tell the linker so.
_OWN_PYTHON = (
    {} if Path(sys.base_prefix).is_relative_to("/usr") else {sys.base_prefix: "/usr/local"}
)
_BASE = {"/usr": "/usr", "/etc": "/etc", **_OWN_PYTHON}
_LIBRARIES = {"LD_LIBRARY_PATH": "/usr/local/lib"} if _OWN_PYTHON else {}


@dataclass
class Stage:
    """The image so far: its files in ``root``, and how a process in it would be started."""

    root: Path
    environment: dict[str, str] = field(default_factory=dict)
    folder: str = "/"
    user: str = ""
    health_check: tuple[str, ...] = ()
    command: tuple[str, ...] = ()

    def inside(self, command: tuple[str, ...], **variables: str) -> list[str]:
        """Return the command that runs ``command`` in the image, as the image's user."""
        path = "/usr/local/bin:/usr/bin:/bin"
        given = {"PATH": path, "HOME": "/tmp", **_LIBRARIES, **self.environment, **variables}
        given["PATH"] = given["PATH"].replace("$PATH", path)
        mounts = ["--bind", self.root, "/", "--proc", "/proc", "--dev", "/dev"]
        mounts += ["--perms", "1777", "--tmpfs", "/tmp"]
        for source, target in _BASE.items():
            mounts += ["--ro-bind", source, target]
        settings = [part for name, value in given.items() for part in ("--setenv", name, value)]
        return [
            *("bwrap", "--die-with-parent", "--unshare-pid", "--unshare-ipc", *map(str, mounts)),
            *(*_index(), *settings, "--chdir", self.folder, *self._become(), *command),
        ]

    def _become(self) -> list[str]:
        """Return what gives root's rights up, where the tests have them."""
        if not self.user or os.getuid():
            return []
        user, group = self.user.split(":")
        allowed = ["--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"]
        return [*allowed, "setpriv", f"--reuid={user}", f"--regid={group}", "--clear-groups"]

    def copy_in(self, source: Path, target: str, owner: str) -> None:
        """Copy a file or the content of a folder to a path of the image."""
        place = self.root / str(PurePosixPath(self.folder) / target).lstrip("/")
        if source.is_dir():
            # By links, which is all that no later step notices: only what COPY gives an owner is changed.
            copy = shutil.copy2 if owner else os.link
            shutil.copytree(source, place, symlinks=True, dirs_exist_ok=True, copy_function=copy)
        else:
            folder = place if target.endswith("/") else place.parent
            folder.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, folder if target.endswith("/") else place)
        if owner and not os.getuid():
            user, group = map(int, owner.split(":"))
            for each in (place, *place.rglob("*")):
                os.chown(each, user, group, follow_symlinks=False)


def _index() -> list[str]:
    """Return what keeps this machine's choice of package index, which is no part of the image."""
    kept = {name: value for name, value in os.environ.items() if name.startswith("PIP_")}
    return ["--clearenv", *(part for pair in kept.items() for part in ("--setenv", *pair))]


def build(dockerfile: Path, context: Path, place: Path) -> Stage:
    """Carry out a Dockerfile in empty folders below ``place``; return its last stage.

    Raises:
        AssertionError: a step failed (with what it printed), or is one that is not known here.
    """
    declared = _declared(context, place / "context")
    stages: dict[str, Stage] = {}
    stage = Stage(place)
    for word, rest in _instructions(dockerfile.read_text()):
        if word == "FROM":
            name = rest.split()[-1] if " AS " in rest else "last"
            stage = stages[name] = Stage(_empty_root(place / name))
        elif word == "COPY":
            _copy(rest, stage, stages, declared)
        elif word == "RUN":
            done = subprocess.run(stage.inside(("sh", "-ec", rest)), capture_output=True, text=True)
            assert done.returncode == 0, f"RUN {rest}\n{done.stdout}\n{done.stderr}"
        else:
            _note(word, rest, stage)
    return stage


def _empty_root(root: Path) -> Path:
    """Make a root in which programs find the base image's folders under their usual names."""
    root.mkdir()
    for name in ("bin", "sbin", "lib", "lib64"):
        if Path(f"/{name}").is_symlink():
            (root / name).symlink_to(os.readlink(f"/{name}"))
    return root


def _instructions(text: str) -> list[tuple[str, str]]:
    """Return (instruction, rest) for each one, continued lines joined."""
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    joined = re.sub(r"\\\n\s*", " ", "\n".join(lines))
    return [(line.split()[0], line.split(None, 1)[1].strip()) for line in joined.splitlines()]


def _declared(context: Path, place: Path) -> Path:
    """Copy what ``.dockerignore`` lets through: here a list of what is let through, by first name."""
    rules = (context / ".dockerignore").read_text().splitlines()
    assert rules[1] == "*", "the first rule must exclude everything"
    place.mkdir(parents=True)
    for name in (rule[1:] for rule in rules if rule.startswith("!")):
        source = context / name
        if source.is_dir():
            skipped = shutil.ignore_patterns("__pycache__")
            shutil.copytree(source, place / name, ignore=skipped)
        else:
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, place / name)
    return place


def _copy(rest: str, stage: Stage, stages: dict[str, Stage], declared: Path) -> None:
    words = rest.split()
    options = dict(word.removeprefix("--").split("=") for word in words if word.startswith("--"))
    *sources, target = (word for word in words if not word.startswith("--"))
    whence = stages[options["from"]].root if "from" in options else declared
    for source in sources:
        stage.copy_in(whence / source.lstrip("/"), target, options.get("chown", ""))


def _note(word: str, rest: str, stage: Stage) -> None:
    match word:
        case "ENV":
            stage.environment.update(pair.split("=", 1) for pair in rest.split())
        case "WORKDIR":
            stage.folder = rest
            (stage.root / rest.lstrip("/")).mkdir(parents=True, exist_ok=True)
        case "USER":
            stage.user = rest
        case "ENTRYPOINT" | "CMD":
            stage.command += tuple(json.loads(rest))
        case "HEALTHCHECK":
            stage.health_check = tuple(json.loads(rest.split("CMD ", 1)[1]))
        case _:
            assert word in {"ARG", "EXPOSE", "VOLUME"}, f"{word} is not known here"
