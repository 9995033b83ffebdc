"""The body of a request to the token or the revocation endpoint."""

import json
from urllib.parse import parse_qsl

from flask import request


def read_token_body() -> dict[str, str] | None:
    """Return the text members of a JSON object, whatever its Content-Type, or of a form; else ``None``."""
    if request.mimetype == "application/x-www-form-urlencoded":
        text = request.get_data(as_text=True)
        if not text.lstrip().startswith("{"):
            return dict(parse_qsl(text))
    try:
        body = json.loads(request.get_data())
    except ValueError:
        body = None
    if not isinstance(body, dict):
        return None
    return {name: value for name, value in body.items() if isinstance(value, str)}
