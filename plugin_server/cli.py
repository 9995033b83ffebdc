"""The ``plugin-server`` command. Exit status: 0, 1 (found problems, cannot start), 2 (usage)."""

from importlib import import_module
from typing import Any

import click
from typing_extensions import override

# Each is ``command`` in the module of the same name.
COMMANDS = (
    *("data", "db", "lint", "new", "preview"),
    *("rehearse", "render", "sandbox", "secrets", "serve", "settings", "snapshot"),
)


class _Commands(click.Group):
    """Imports a command when it is used: importing all of them takes longer than most commands run."""

    @override
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    @override
    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        try:
            found: click.Command = import_module(f"plugin_server.commands.{cmd_name}").command
        except (Exception, SystemExit) as error:  # noqa: BLE001 - a block may raise anything
            return _unusable(cmd_name, _as_click_exception(error))
        return found

    @override
    def invoke(self, ctx: click.Context) -> Any:
        """Report every error as one clear message and exit status 1."""
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except BrokenPipeError:
            raise  # the reader of our output has closed it; click exits quietly
        except Exception as error:  # LOG_LEVEL=DEBUG shows the traceback
            raise _as_click_exception(error) from None


def _as_click_exception(error: BaseException) -> click.ClickException:
    converted: click.ClickException = import_module(
        "plugin_server.commands.failures"
    ).as_click_exception(error)
    return converted


def _unusable(name: str, reason: click.ClickException) -> click.Command:
    """Return a placeholder for a command that cannot be imported; the list of commands shows why."""

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
