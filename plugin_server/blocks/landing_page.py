"""The Landing page block: an invitation to one of the creator's landing pages or forms."""

from collections.abc import Mapping
from typing import ClassVar

from plugin_server.blocks import (
    AccountData,
    Block,
    Candidate,
    ContentNotFound,
    Option,
    OptionIndex,
    PublishedForm,
    SearchQuery,
    Url,
    Values,
    brand_color,
    direction,
    parse_web_url,
    shorten,
)
from plugin_server.kit.catalog import FormKind

_MAX_HEADING = 200
_NAMES: Mapping[FormKind, str] = {"landing_page": "landing page", "form": "form"}
_OTHER: Mapping[FormKind, FormKind] = {"landing_page": "form", "form": "landing_page"}
_BUTTONS: Mapping[FormKind, str] = {"landing_page": "Take a look", "form": "Sign up"}


class LandingPageBlock(Block):
    """A heading, a text and a button that opens the page where readers sign up."""

    description: ClassVar[str] = "Invite readers to a landing page or form"
    sort_order: ClassVar[int] = 2
    scopes: ClassVar[Mapping[str, str]] = {
        "read:forms": "Read the names and addresses of your forms and landing pages"
    }

    def search(self, setting: str, query: SearchQuery, data: AccountData) -> list[Option]:
        """Return landing pages or forms, whichever the creator links to: newest first, or by name.

        Raises:
            ContentNotFound: the account has none; the sentence explains why the list is empty.
        """
        # Kit sends nothing for a radio group that was never touched; the sidebar shows its default.
        kind: FormKind = "form" if query.dependencies.get("kind") == "form" else "landing_page"
        forms = data.forms()
        offered = [form for form in forms if form.kind == kind]
        if not offered:
            raise ContentNotFound(_none_of(kind, has_others=bool(forms)))
        return OptionIndex(Candidate(form.name, form.value) for form in offered).search(query)

    def context(self, values: Values, data: AccountData) -> dict[str, object]:
        """Return the heading, by default the page's name, the text and the button.

        A font's weight applies to the heading only: text in that weight would be hard to read.
        """
        kind: FormKind = "form" if values.choice("kind") == "form" else "landing_page"
        button_color = values.color("button_color")
        data.prefetch(brand_colors=not button_color)
        form = _chosen(data.find_form(values.result("page")), kind)
        heading = shorten(values.text("heading") or form.name, _MAX_HEADING)
        text = values.text("text")
        font = values.font("font")
        return {
            "heading": heading,
            "text": text,
            "url": _url(form),
            "button_text": values.text("button_text") or _BUTTONS[kind],
            "is_centered": values.choice("alignment") == "center",
            "background": values.color("background_color"),
            "border": values.is_on("border"),
            "button_color": button_color,
            "accent": button_color or brand_color(data),
            "font_family": font and font.family,
            "font_weight": font and font.weight,
            "direction": direction(heading, text),
        }


def _none_of(kind: FormKind, *, has_others: bool) -> str:
    """Return the sentence for an account that has nothing to link to of one kind."""
    advice = f"Create one, then choose it here{', or link to a {}' if has_others else ''}."
    return f"You have no {_NAMES[kind]}s yet. {advice.format(_NAMES[_OTHER[kind]])}"


def _chosen(form: PublishedForm | None, kind: FormKind) -> PublishedForm:
    """Return the chosen form or landing page.

    Raises:
        ContentNotFound: it is gone, or it was chosen before the creator switched from one kind to
            the other.
    """
    if form is None:
        raise ContentNotFound(f"This {_NAMES[kind]} was deleted or archived. Choose another one.")
    if form.kind != kind:
        raise ContentNotFound(
            f"“{shorten(form.name, 80)}” is a {_NAMES[form.kind]}. "
            f"Choose a {_NAMES[kind]}, or link to a {_NAMES[form.kind]} again."
        )
    return form


def _url(form: PublishedForm) -> Url:
    """Return the URL that the button opens.

    Raises:
        ContentNotFound: the URL cannot be used; this block is useless without it.
    """
    url = parse_web_url(form.url)
    if url is None:
        raise ContentNotFound(
            f"This {_NAMES[form.kind]} has no address that readers could open. Choose another one."
        )
    return url
