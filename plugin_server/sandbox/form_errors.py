"""Validation errors of a form, or of the JSON that a script sends instead."""

# Messages by the name of the field that they are about.
FormErrors = dict[str, list[str]]


def all_messages(errors: FormErrors) -> list[str]:
    """Return every message, in the order of the fields."""
    return [message for messages in errors.values() for message in messages]
