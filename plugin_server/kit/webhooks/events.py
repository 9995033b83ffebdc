"""The table of what Kit reports: which events this server subscribes to, and what each of them changes.

Source: https://developers.kit.com/webhooks
"""

from collections.abc import Iterable, Mapping

# A post is a published broadcast: what happens to one happens to the other.
POSTS = "posts"

# The kinds of data that are not what they were. Of Kit's other events, those of subscribers hold the data of
# people, and a creator may have thousands of them a minute; no block of this server shows sequences, tags or
# custom fields, and they are renamed without an event. Products, forms, the profile and the colors have none.
EVENTS: Mapping[str, tuple[str, ...]] = {
    "post.published": (POSTS,),
    "broadcast.created": (POSTS,),
    "broadcast.sent": (POSTS,),
    "broadcast.deleted": (POSTS,),
}

# The kind of what is read at a path of Kit's API. The stats of a broadcast change without an event.
KINDS: Mapping[str, str] = dict.fromkeys(
    ("/v4/posts", "/v4/posts/{id}", "/v4/broadcasts", "/v4/broadcasts/{id}"), POSTS
)


def kinds_of(events: Iterable[str]) -> frozenset[str]:
    """Return the kinds of data that events have changed; none for those that are not in the table."""
    return frozenset(kind for event in events for kind in EVENTS.get(event, ()))
