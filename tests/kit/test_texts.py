"""Which of Kit's texts are read as Liquid, which have references decoded, and which mean themselves."""

import pytest

from plugin_server.kit.api.models import Broadcast, Post
from plugin_server.kit.posts import from_broadcast, from_post

GREETING = '{{ subscriber.first_name | default: "Friend" }}, your &amp; notes'
READ = "Friend, your &amp; notes"


@pytest.mark.parametrize("field", ["description", "meta_description"])
def test_a_posts_texts_are_read_as_liquid_and_references_stay(field: str) -> None:
    post = from_post(Post.model_validate({"id": 1, "title": GREETING, field: GREETING}))

    assert (post.title, post.description) == (READ, READ)


@pytest.mark.parametrize("field", ["description", "preview_text"])
def test_a_broadcasts_texts_are_read_as_liquid_and_references_stay(field: str) -> None:
    post = from_broadcast(Broadcast.model_validate({"id": 1, "subject": GREETING, field: GREETING}))

    assert (post.title, post.description) == (READ, READ)


def test_a_title_of_which_nothing_is_left_is_none() -> None:
    assert from_post(Post(id=1, title="{{ subject }}")).title == "Untitled"


def test_what_an_image_shows_is_no_liquid() -> None:
    alt = "A photo of {{ braces }} &amp; more"

    assert from_post(Post(id=1, thumbnail_alt=alt)).thumbnail_alt == alt
    assert from_broadcast(Broadcast(id=1, thumbnail_alt=alt)).thumbnail_alt == alt
