"""Error responses of Kit's API. Source: https://developers.kit.com/api-reference/response-codes"""

NO_PERMISSION = (
    "You do not have sufficient permissions to access this resource. Please contact support."
)


class Rejected(Exception):
    """An error response in Kit's format: ``{"errors": [message, …]}`` with ``status``."""

    def __init__(self, status: int, *messages: str) -> None:
        super().__init__(*messages)
        self.status, self.messages = status, messages


def not_found() -> Rejected:
    """Return the error for what is not in the account (any more)."""
    return Rejected(404, "Not Found")
