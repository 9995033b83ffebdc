"""What is wrong with a form, or with the JSON that a script sends in its place."""

# Sentences by the name of the field that they are about.
FormErrors = dict[str, list[str]]


def all_messages(errors: FormErrors) -> list[str]:
    """Return every sentence, in the order of the fields."""
    return [sentence for found in errors.values() for sentence in found]
