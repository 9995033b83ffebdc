"""Accounts whose data at Kit was chosen by an attacker."""

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from urllib.parse import quote

from plugin_server.examples.sample_accounts import SampleAccount, typical_account
from plugin_server.kit.api.models import Colors, CreatorProfile, Post
from plugin_server.kit.posts import Posts, from_post

SITE = "https://creator.example/"


@cache
def typical() -> SampleAccount:
    """Return the account without an attack."""
    return typical_account()


def escaped(payload: str) -> str:
    """Return a payload as it is written in a URL."""
    return quote(payload, safe="", errors="replace")


def hostile_accounts(payload: str) -> Iterator[tuple[str, SampleAccount]]:
    """Yield accounts that hold the payload, by the part of the account that holds it."""
    yield "texts", _account_saying(payload)
    yield "openings", replace(typical(), posts=_posts(description=None, content=payload))
    yield "URLs", _account_at(payload)
    yield "ends of URLs", _account_at(SITE + payload)
    yield "escaped ends of URLs", _account_at(SITE + escaped(payload))
    colors = Colors.model_validate({"colors": [payload, f"#7a1f3d{payload}"]}).colors
    yield "colors", replace(typical(), colors=colors)


def account_of(text: str, url: str, opening: str | None = None) -> SampleAccount:
    """Return an account whose texts are all one text, and whose URLs are all one URL.

    ``opening`` stands for the posts' content, and then they have no description.
    """
    described = {"description": None, "content": opening} if opening else {"description": text}
    posts = {"title": text, "thumbnail_alt": text, **described}
    urls = {"public_url": url, "thumbnail_url": url}
    account = _account_saying(text)
    return replace(
        account,
        posts=_posts(**posts, **urls),
        all_forms=tuple(replace(form, url=url) for form in account.all_forms),
        profile=_profile(name=text, byline=text, bio=text, image_url=url, profile_url=url),
    )


def _account_saying(text: str) -> SampleAccount:
    account = typical()
    return replace(
        account,
        posts=_posts(title=text, description=text, thumbnail_alt=text),
        all_forms=tuple(replace(form, name=text) for form in account.all_forms),
        all_products=tuple(
            replace(product, name=text, currency=text) for product in account.all_products
        ),
        profile=_profile(name=text, byline=text, bio=text),
        text=text,
    )


def _account_at(url: str) -> SampleAccount:
    account = typical()
    return replace(
        account,
        posts=_posts(public_url=url, thumbnail_url=url),
        all_forms=tuple(replace(form, url=url) for form in account.all_forms),
        profile=_profile(image_url=url, profile_url=url),
    )


def _posts(**changes: object) -> Posts:
    """Return the sample's posts with changes, as Kit's records would bring them."""
    known = typical().posts
    first = known[0]
    record = {
        "id": 1,
        "title": first.title,
        "description": first.description,
        "public_url": first.url,
        "thumbnail_url": first.thumbnail_url,
        "thumbnail_alt": first.thumbnail_alt,
    }
    post = from_post(Post.model_validate({**record, **changes}))
    return Posts(
        (replace(post, value=each.value, published_at=each.published_at) for each in known),
        is_whole=True,
    )


def _profile(**changes: object) -> CreatorProfile:
    known = typical().profile
    assert known is not None
    return CreatorProfile.model_validate({**known.model_dump(), **changes})
