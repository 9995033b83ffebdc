"""Accounts whose data at Kit was chosen by an attacker."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from urllib.parse import quote

from plugin_server.examples.sample_accounts import SampleAccount, typical_account
from plugin_server.kit.api.models import Colors, CreatorProfile, Post
from plugin_server.kit.posts import Posts, from_post

SITE = "https://creator.example/"
# The parts of an account that can be hostile, and what each changes; one at a time can change it.
PARTS: Mapping[str, str] = {
    "texts": "words",
    "openings": "words",
    "URLs": "URLs",
    "ends of URLs": "URLs",
    "escaped ends of URLs": "URLs",
    "colors": "colors",
}


@cache
def typical() -> SampleAccount:
    """Return the account without an attack."""
    return typical_account()


def escaped(payload: str) -> str:
    """Return a payload as it is written in a URL."""
    return quote(payload, safe="", errors="replace")


def hostile_accounts(payload: str) -> Iterator[tuple[str, SampleAccount]]:
    """Yield accounts that hold the payload, by the part of the account that holds it."""
    for part in PARTS:
        yield part, hostile_account({part: payload})


def hostile_account(held: Mapping[str, str]) -> SampleAccount:
    """Return an account each of whose ``PARTS`` may hold another payload."""
    urls = {
        "URLs": lambda payload: payload,
        "ends of URLs": lambda payload: SITE + payload,
        "escaped ends of URLs": lambda payload: SITE + escaped(payload),
    }
    url = next((write(held[part]) for part, write in urls.items() if part in held), None)
    account = _account(held.get("texts"), url, held.get("openings"))
    if "colors" in held:
        colors = [held["colors"], f"#7a1f3d{held['colors']}"]
        account = replace(account, colors=Colors.model_validate({"colors": colors}).colors)
    return account


def account_of(text: str, url: str, opening: str | None = None) -> SampleAccount:
    """Return an account whose texts are all one text, and whose URLs are all one URL.

    ``opening`` stands for the posts' content, and then they have no description.
    """
    return _account(text, url, opening or None)


def _account(text: str | None, url: str | None, opening: str | None) -> SampleAccount:
    """Return an account with other texts, URLs and openings of posts; ``None`` leaves what there is."""
    account = typical()
    post: dict[str, str | None] = {}
    profile: dict[str, str] = {}
    if text is not None:
        post |= {"title": text, "description": text, "thumbnail_alt": text}
        profile |= {"name": text, "byline": text, "bio": text}
        account = replace(
            account,
            all_forms=tuple(replace(form, name=text) for form in account.all_forms),
            all_products=tuple(
                replace(product, name=text, currency=text) for product in account.all_products
            ),
            text=text,
        )
    if url is not None:
        post |= {"public_url": url, "thumbnail_url": url}
        profile |= {"image_url": url, "profile_url": url}
        forms = tuple(replace(form, url=url) for form in account.all_forms)
        account = replace(account, all_forms=forms)
    if opening is not None:
        post |= {"description": None, "content": opening}
    if post:
        account = replace(account, posts=_posts(**post))
    return replace(account, profile=_profile(**profile)) if profile else account


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
