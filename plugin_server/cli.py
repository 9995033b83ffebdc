"""The ``plugin-server`` command. Exit status: 0, 1 (found problems, cannot start), 2 (usage)."""

from importlib import import_module
from typing import Any

import click
from typing_extensions import override

# Each is in the module of its name.
COMMANDS = ("data", "db", "lint", "preview", "render", "sandbox", "secrets", "serve", "settings")


class _Commands(click.Group):
    """Imports a command when it is asked for: to import them all takes longer than most of them."""

    @override
    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return their names."""
        return list(COMMANDS)

    @override
    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command of a name; ``None`` when there is none."""
        if cmd_name not in COMMANDS:
            return None
        try:
            found: click.Command = import_module(f"plugin_server.commands.{cmd_name}").command
        except (Exception, SystemExit) as error:  # noqa: BLE001 - a block may raise anything
            return _unusable(cmd_name, _explained(error))
        return found

    @override
    def invoke(self, ctx: click.Context) -> Any:
        """Turn every error into one clear message and exit status 1."""
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except BrokenPipeError:
            raise  # whoever reads our output has seen enough; click ends quietly
        except Exception as error:  # nothing is lost: LOG_LEVEL=DEBUG shows the traceback
            raise _explained(error) from None


def _explained(error: BaseException) -> click.ClickException:
    explained: click.ClickException = import_module("plugin_server.commands.failures").explained(
        error
    )
    return explained


def _unusable(name: str, reason: click.ClickException) -> click.Command:
    """Return what stands for a command that cannot be imported; the list of commands shows why."""

    def refuse() -> None:
        raise reason

    return click.Command(
        name,
        callback=refuse,
        help=f"Cannot be used: {reason.message}",
        context_settings={"ignore_unknown_options": True, "allow_extra_args": True},
    )


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="plugin-server", message="%(version)s")
def main() -> None:
    """Run and inspect the server behind a Kit editor plugin."""


if __name__ == "__main__":
    main()
