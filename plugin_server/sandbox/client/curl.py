"""A request to an app as a curl command to paste in a shell."""

import shlex

from plugin_server.sandbox.client.exchange import Exchange

# In double quotes, where a shell expands variables.
_AUTHORIZATION = '"Authorization: Bearer $TOKEN"'


def curl(exchange: Exchange) -> str:
    """Return a command for a POSIX shell that sends the same request.

    The access token is not in it: the shell reads it from the variable ``TOKEN``. Secrets of OAuth
    requests stay masked.
    """
    headers = [
        _AUTHORIZATION if name == "Authorization" else shlex.quote(f"{name}: {value}")
        for name, value in exchange.request_headers.items()
    ]
    words = [f"curl --globoff {shlex.quote(exchange.url)}"]
    words += [f"-H {header}" for header in headers]
    words.append(f"--data-raw {shlex.quote(exchange.request_text)}")
    return " \\\n  ".join(words)
