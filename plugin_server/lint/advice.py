"""Advice for features that a client does not support, by caniemail's names of features."""

_BACKGROUND = "Use a flat color, in bgcolor and background-color."
_COMPUTE = "Work it out on the server, and write px."
_COLUMNS = "Use table cells, or inline blocks that wrap."
_HEX = "Write colors as #rrggbb."
_IDS = "Do not rely on ids: clients rename them. Say it in the text."
_LOGICAL = "Name the side, left or right, and swap them for right-to-left text."
_ON_CELLS = "Put it on a table cell, which every client understands."
_PICTURES = "Crop and shape the image on the server."
_PNG = "Use PNG or JPG."
_SHADES = "Use a border, or nothing."
_SHOW_ALL = "Show everything to everybody: whatever is hidden for some is seen by others."
_EXTRA = "Let it only improve on what is there without it."

ADVICE = {
    "css-align-items": _COLUMNS,
    "css-at-font-face": "End the list of fonts with common ones, or take the email's own.",
    "css-at-media": "Lay the block out so that it fits every width by itself; the rule is an extra.",
    "css-at-media-prefers-color-scheme": "Choose colors that can be read when a client inverts them.",
    "css-background": _BACKGROUND,
    "css-background-image": _BACKGROUND,
    "css-border": "Keep borders within 8 px, and put them on table cells.",
    "css-border-inline-block": _LOGICAL,
    "css-border-radius": "Let square corners look right too.",
    "css-box-shadow": _SHADES,
    "css-conic-gradient": _BACKGROUND,
    "css-direction": "Write the dir attribute.",
    "css-display": "Lay out with table cells; let other displays only improve on them.",
    "css-display-flex": _COLUMNS,
    "css-display-grid": _COLUMNS,
    "css-display-none": _SHOW_ALL,
    "css-flex-direction": _COLUMNS,
    "css-flex-wrap": _COLUMNS,
    "css-float": "Use the align attribute of a table.",
    "css-function-clamp": _COMPUTE,
    "css-function-max": _COMPUTE,
    "css-function-min": _COMPUTE,
    "css-gap": "Use padding on table cells.",
    "css-height": "Put the height on a table cell, or use line-height.",
    "css-important": "Write it in small letters after a space, in a media query only.",
    "css-justify-content": _COLUMNS,
    "css-line-height": "Write it in px, next to font-size.",
    "css-linear-gradient": _BACKGROUND,
    "css-list-style": "Write list-style-type, which every client supports.",
    "css-margin": "Use padding on table cells, or an empty row.",
    "css-margin-block-start-end": _LOGICAL,
    "css-margin-inline-block": _LOGICAL,
    "css-margin-inline-start-end": _LOGICAL,
    "css-max-width": "Write a width attribute too, or put it on a table.",
    "css-min-width": "Write a width attribute on the cell too.",
    "css-modern-color": _HEX,
    "css-object-fit": _PICTURES,
    "css-object-position": _PICTURES,
    "css-opacity": _SHADES,
    "css-overflow-wrap": "Break long words and URLs on the server, or write word-break too.",
    "css-padding": _ON_CELLS,
    "css-padding-block-start-end": _LOGICAL,
    "css-padding-inline-block": _LOGICAL,
    "css-padding-inline-start-end": _LOGICAL,
    "css-position": "Use table cells; lay pictures over each other on the server.",
    "css-radial-gradient": _BACKGROUND,
    "css-rgb": _HEX,
    "css-rgba": _HEX,
    "css-selector-class": "Write what matters in style attributes.",
    "css-text-decoration": "Underline or strike with the elements u and s, or write one value.",
    "css-text-indent": "Indent by no less than 0.",
    "css-unit-calc": _COMPUTE,
    "css-unit-rem": _COMPUTE,
    "css-unit-vh": _COMPUTE,
    "css-unit-vw": _COMPUTE,
    "css-variables": _COMPUTE,
    "css-white-space": "Write <br> for line breaks; without nowrap, lines break where they have to.",
    "css-width": "Write the width attribute of tables, cells and images too.",
    "css-word-break": "Break long words and URLs on the server.",
    "html-align": _ON_CELLS,
    "html-anchor-links": "Link to a page.",
    "html-aria-describedby": _IDS,
    "html-aria-hidden": "Say what matters in the text, and only there.",
    "html-aria-label": "Say what matters in the text, and only there.",
    "html-aria-labelledby": _IDS,
    "html-blockquote": "Let the quotation look right when it is folded.",
    "html-button-submit": "Use a link in a colored table cell.",
    "html-dir": "Write it on the block's root, and on texts of another direction.",
    "html-lang": "Write it on a div or table around.",
    "html-lists": "Start lists at 1, without attributes.",
    "html-picture": "Use one image of twice the size, with a width attribute.",
    "html-role": "Write real tables, headings and lists; the role comes on top.",
    "html-semantics": "Use div, table, h2 and p.",
    "html-srcset": "Use one image of twice the size, with a width attribute.",
    "html-strike": "Write <s>.",
    "html-style": "Write everything that matters in style attributes.",
    "html-svg": _PNG,
    "html-target": "Nothing: write it for the others.",
    "html-width": "Write px on images, and percentages on tables only.",
    "image-avif": _PNG,
    "image-gif": "Let the first frame say everything.",
    "image-svg": _PNG,
    "image-webp": _PNG,
}


def advice(slug: str) -> str:
    """Return one sentence on what to do where a feature is missing."""
    return ADVICE.get(slug, _EXTRA)
