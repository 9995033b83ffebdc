"""What is known of a dynamic block, its app and the creator's account.

Sources:
https://developers.kit.com/plugins/content-blocks/dynamic-blocks/liquid-templates
https://developers.kit.com/plugins/content-blocks/dynamic-blocks/plugin-configuration
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

# What a subscriber has beside custom fields: Kit's pages name the first two, emails of creators use
# the others.
KIT_FIELDS = ("first_name", "email_address", "tags", "created_at", "id")
# Names that Kit gives whole emails and their templates.
EMAIL_NAMES = frozenset(
    {"address", "message_content", "subscriber_preferences_link", "subscriber_preferences_url"}
    | {"unsubscribe_link", "unsubscribe_url"}
)


@dataclass(frozen=True)
class Knowledge:
    """What the variables of a template are compared with; ``None`` is what is not known.

    Attributes:
        custom_fields: the keys of the account's custom fields.
        app: the app's identifier, which begins the paths of its events.
        event: the identifier of the linked event plugin, ``""`` for a block that is linked to none.
        sample: the event plugin's sample data: its keys are the names of the fields.
        identifier: the block's own, which is no part of any path.
        settings: the names of the block's settings.
    """

    custom_fields: Collection[str] | None = None
    app: str | None = None
    event: str | None = None
    sample: Mapping[str, object] | None = None
    identifier: str = ""
    settings: Collection[str] = ()


NOTHING_KNOWN = Knowledge()
