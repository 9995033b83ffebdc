"""The search of posts, the same in every block that shows them."""

from plugin_server.blocks.base import Option, SearchQuery
from plugin_server.blocks.options import Candidate, OptionIndex
from plugin_server.errors import ContentNotFound
from plugin_server.kit.account_data import AccountData
from plugin_server.kit.posts import Posts
from plugin_server.rendering.locales import day

NO_POSTS = "You have no published posts yet. Publish one, then choose it here."


def index_of_posts(posts: Posts) -> OptionIndex:
    """Return the options of a list of posts; made once for each list, by ``Posts.derive``."""
    return OptionIndex(Candidate(post.title, post.value, day(post.published_at)) for post in posts)


def search_posts(query: SearchQuery, data: AccountData) -> list[Option]:
    """Return published posts: newest first, or those whose titles match.

    An account without any post is answered with a sentence instead of an empty list. Kit asks for
    HTML only once a post is chosen, so nowhere else could a creator read why the list stays empty;
    Kit's envelope carries ``"data": []`` beside the sentence.

    Raises:
        ContentNotFound: there is no post (code 404, HTTP 200).
        KitError: Kit failed (502, 503, 429).
    """
    posts = data.published_posts()
    if not posts:
        raise ContentNotFound(NO_POSTS)
    return posts.derive(index_of_posts).search(query)
