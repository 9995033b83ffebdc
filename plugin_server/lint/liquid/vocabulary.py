"""The filters and tags of Liquid: the standard ones, and those that only other systems have.

Kit runs Shopify's Liquid and documents no filters or tags of its own.

Sources: https://shopify.github.io/liquid/ and its History.md for the versions;
https://shopify.dev/docs/api/liquid for the storefront's.
"""

STANDARD_FILTERS = frozenset(
    {"abs", "append", "at_least", "at_most", "base64_decode", "base64_encode"}
    | {"base64_url_safe_decode", "base64_url_safe_encode", "capitalize", "ceil", "compact"}
    | {"concat", "date", "default", "divided_by", "downcase", "escape", "escape_once", "find"}
    | {"find_index", "first", "floor", "h", "has", "join", "last", "lstrip", "map", "minus"}
    | {"modulo", "newline_to_br", "plus", "prepend", "reject", "remove", "remove_first"}
    | {"remove_last", "replace", "replace_first", "replace_last", "reverse", "round", "rstrip"}
    | {"size", "slice", "sort", "sort_natural", "split", "squish", "strip", "strip_html"}
    | {"strip_newlines", "sum", "times", "truncate", "truncatewords", "uniq", "upcase"}
    | {"url_decode", "url_encode", "where"}
)

# Which version of Liquid Kit runs is not known; these are younger than 2021, with their version.
RECENT_FILTERS = {
    **dict.fromkeys(("base64_decode", "base64_encode"), "5.1"),
    **dict.fromkeys(("base64_url_safe_decode", "base64_url_safe_encode"), "5.1"),
    **dict.fromkeys(("remove_last", "replace_last"), "5.2"),
    "sum": "5.5",
    **dict.fromkeys(("find", "find_index", "has", "reject"), "5.7"),
    "squish": "5.12",
}
RECENT_TAGS = {"#": "5.4", "doc": "5.8"}

STOREFRONT_FILTERS = frozenset(
    {"article_img_url", "asset_img_url", "asset_url", "avatar", "blake3", "brightness_difference"}
    | {"camelize", "collection_img_url", "color_brightness", "color_contrast", "color_darken"}
    | {"color_desaturate", "color_difference", "color_extract", "color_lighten", "color_mix"}
    | {"color_modify", "color_saturate", "color_to_hex", "color_to_hsl", "color_to_oklch"}
    | {"color_to_rgb", "currency_selector", "customer_login_link", "customer_logout_link"}
    | {"customer_register_link", "default_errors", "default_pagination", "external_video_tag"}
    | {"external_video_url", "file_img_url", "file_url", "font_face", "font_modify", "font_url"}
    | {"format_address", "global_asset_url", "handle", "handleize", "hex_to_rgba", "highlight"}
    | {"highlight_active_tag", "hmac_sha1", "hmac_sha256", "image_tag", "image_url", "img_tag"}
    | {"img_url", "inline_asset_content", "item_count_for_variant", "json", "line_items_for"}
    | {"link_to", "link_to_add_tag", "link_to_remove_tag", "link_to_tag", "link_to_type"}
    | {"link_to_vendor", "login_button", "md5", "media_tag", "metafield_tag", "metafield_text"}
    | {"model_viewer_tag", "money", "money_amount", "money_with_currency"}
    | {"money_without_currency", "money_without_trailing_zeros", "payment_button"}
    | {"payment_terms", "payment_type_img_url", "payment_type_svg_tag", "placeholder_svg_tag"}
    | {"pluralize", "preload_tag", "product_img_url", "script_tag", "sha1", "sha256"}
    | {"shopify_asset_url", "sort_by", "standard_event_data", "structured_data"}
    | {"stylesheet_tag", "t", "time_tag", "translate", "unit_price_with_measurement"}
    | {"url_escape", "url_for_type", "url_for_vendor", "url_param_escape", "video_tag"}
    | {"weight_with_unit", "within"}
)

# What to write in place of a filter that does not exist.
_FORMAT_BEFORE = "Format the value before: put the finished text into the event's data."
_WHOLE_URL = "Put the whole https URL into the event's data."
_WRITE_TEXT = "Write the text itself."
INSTEAD_OF_FILTER = {
    **dict.fromkeys(
        ("asset_url", "file_url", "image_url", "img_url", "product_img_url"), _WHOLE_URL
    ),
    **dict.fromkeys(("image_tag", "img_tag"), "Write <img> with the URL in src."),
    **dict.fromkeys(("t", "translate"), _WRITE_TEXT),
    "link_to": "Write <a> with the URL in href.",
    "pluralize": "Write an if: {% if n == 1 %}item{% else %}items{% endif %}.",
    **dict.fromkeys(
        ("url_escape", "url_param_escape", "urlencode", "uri_escape"), "Write url_encode."
    ),
    **dict.fromkeys(
        ("e", "html_escape", "xml_escape", "force_escape", "escapejs"), "Write escape."
    ),
    **dict.fromkeys(("lower", "lowercase", "downcased"), "Write downcase."),
    **dict.fromkeys(("upper", "uppercase", "upcased"), "Write upcase."),
    **dict.fromkeys(("title", "titleize", "titlecase", "ucfirst"), "Write capitalize."),
    **dict.fromkeys(("length", "count"), "Write size."),
    "trim": "Write strip.",
    "nl2br": "Write newline_to_br.",
    "striptags": "Write strip_html.",
    "default_if_none": "Write default.",
    **dict.fromkeys(("date_to_string", "date_format", "strftime"), 'Write date: "%d %B %Y".'),
    **dict.fromkeys(("raw", "safe"), "Remove it: Liquid escapes nothing by itself."),
}


def instead_of_filter(name: str) -> str:
    """Return what to write in place of a filter, ``""`` when nothing is known to fit."""
    return INSTEAD_OF_FILTER.get(name) or (_FORMAT_BEFORE if name in STOREFRONT_FILTERS else "")


# Tags with an end tag, each with the tags that may part it.
BLOCK_TAGS = {
    "if": ("elsif", "else"),
    "unless": ("elsif", "else"),
    "case": ("when", "else"),
    "for": ("else",),
    "tablerow": (),
    "capture": (),
    "ifchanged": (),
}
# These hold text that is not Liquid.
TEXT_TAGS = ("comment", "doc", "raw")
SINGLE_TAGS = frozenset(
    {"#", "assign", "break", "continue", "cycle", "decrement", "echo", "increment", "liquid"}
)
STANDARD_TAGS = {*BLOCK_TAGS, *TEXT_TAGS, *SINGLE_TAGS, "elsif", "else", "when"}
# Tags of Liquid that need other files, and of Shopify's storefront; some have an end tag.
FILE_TAGS = ("include", "render")
STOREFRONT_TAGS = frozenset(
    {"content_for", "form", "javascript", "layout", "paginate", "schema", "section", "sections"}
    | {"style", "stylesheet"}
)
INSTEAD_OF_TAG = {
    **dict.fromkeys(("elif", "elseif", "elsif", "else if"), "Write elsif."),
    **dict.fromkeys(("set", "let", "var", "with"), "Write assign."),
    **dict.fromkeys(("foreach", "each"), "Write for."),
    **dict.fromkeys(("switch", "match"), "Write case and when."),
    "ifequal": "Write if a == b.",
    "ifnot": "Write unless.",
    "print": "Write {{ … }}.",
    **dict.fromkeys(
        ("block", "extends", "macro", "import", "from"), "Write it out: a block is one template."
    ),
    **dict.fromkeys(("end", "fi"), "Write the whole name, such as endif."),
    **dict.fromkeys(("style", "stylesheet"), "Write style attributes."),
    **dict.fromkeys(FILE_TAGS, "Write its content here, or let your server put it in."),
}
