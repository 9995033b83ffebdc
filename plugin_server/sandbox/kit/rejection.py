"""Error responses of Kit's API. Source: https://developers.kit.com/api-reference/response-codes"""

NO_PERMISSION = (
    "You do not have sufficient permissions to access this resource. Please contact support."
)

NEEDS_OAUTH = "This resource needs OAuth and cannot be used with an API key"


class Rejected(Exception):
    """An error response in Kit's format: ``{"errors": [message, …]}`` with ``status``."""

    def __init__(self, status: int, *messages: str) -> None:
        super().__init__(*messages)
        self.status, self.messages = status, messages


def challenge(message: str) -> dict[str, str]:
    """Return the headers of a 401 that is about an access token (RFC 6750)."""
    error = f'error="invalid_token", error_description="{message}"'
    return {"WWW-Authenticate": f'Bearer realm="Kit", {error}'}


def not_found() -> Rejected:
    """Return the error for what is not in the account (any more)."""
    return Rejected(404, "Not Found")
