"""What to say of a variable that is missing or cannot be used; never its value, which may be a secret."""

from typing import Any

# By pydantic's type of error, in an operator's words.
_PROBLEMS = {
    "string_too_short": "it must have at least {min_length} characters",
    "too_short": "it must have at least {min_length} characters",
    "string_pattern_mismatch": "it must be DEBUG, INFO, WARNING or ERROR",
    "literal_error": "it must be {expected}",
    "int_parsing": "it must be a whole number",
    "float_parsing": "it must be a number",
    "greater_than_equal": "it must be at least {ge}",
    "less_than_equal": "it must be at most {le}",
}


def unusable(problem: Any) -> str:
    """Return a line for one of pydantic's errors, which names the variable."""
    text = str(problem["msg"]).removeprefix("Value error, ")
    if not problem["loc"]:
        return text
    if template := _PROBLEMS.get(problem["type"]):
        text = template.format_map(problem.get("ctx", {}))
    return f"{str(problem['loc'][0]).upper()} cannot be used: {text[0].lower()}{text[1:]}."


def missing(name: str) -> str:
    """Return a line for a variable that is needed and not set."""
    advice = {
        "secret_key": "`plugin-server secrets` prints a new one.",
        "encryption_keys": "`plugin-server secrets` prints a new one.",
        "plugin_client_id": "Choose one and enter it in Kit's dashboard.",
        "plugin_client_secret": "`plugin-server secrets` prints one to enter in Kit's dashboard.",
        "kit_client_id": "Kit's dashboard shows it; or set KIT_API_KEY for your own account.",
        "kit_client_secret": "Kit's dashboard shows it beside the client id.",
        "kit_api_key": "PLUGIN_AUTH=none shows one account's data, which the key chooses.",
        "owner_passphrase": "With KIT_API_KEY it is what you sign in with.",
    }[name]
    return f"{name.upper()} is not set. {advice}"
