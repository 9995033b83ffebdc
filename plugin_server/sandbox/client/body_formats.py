"""How Kit's requests to an app's OAuth endpoints are written.

Kit's documentation shows each of three ways, so that an app has to read all of them: the sandbox takes them
in turn, unless its dashboard says which. Source: https://developers.kit.com/plugins/oauth-authorization
"""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

JSON, FORM = "application/json", "application/x-www-form-urlencoded"

# What each is in words, in the order of their turns.
BODY_FORMATS = {
    "json_as_form": "JSON that is labeled as a form",
    "form": "a form",
    "json": "JSON",
}


def content_type(body_format: str) -> str:
    """Return the media type that a body in a format is sent with."""
    return JSON if body_format in {"", "json"} else FORM


def encode(body: Mapping[str, Any], body_format: str) -> str:
    """Return a body as it is sent; in JSON without a format, as to other endpoints."""
    return urlencode(body) if body_format == "form" else json.dumps(body)
