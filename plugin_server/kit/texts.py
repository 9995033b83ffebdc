"""Texts of Kit's records as readers see them: which fields hold Liquid, references or plain text.

Each field comes from one kind of source, so each is decoded in one way, once:

=====================================  ======================  =================================
field                                  source                  decoded
=====================================  ======================  =================================
Broadcast.subject, .preview_text       into an email's fields, Liquid: Kit reads it when it sends
                                       which take Liquid
Broadcast.description;                 for the same email, of  Liquid, as in the email's fields
Post.title, .description,              which Kit makes the
.meta_description                      post
Product.name (in a purchase)           by a shop, often from   character references, once
                                       its page's HTML
Post, Broadcast.thumbnail_alt          into plain fields of    nothing: Kit shows them as they
Form.name, CreatorProfile's texts      Kit's own               are, braces and "&amp;" included
Product.pid, .sku, ids, slugs          by programs             nothing: they are compared, not read
=====================================  ======================  =================================

Character references that a creator types are literal (``How to write &amp; in HTML``), and so are braces in
the name of a product (``Learn {{ mustache }}``). Content, which is HTML, is for ``rendering.rich_text``.

Neither function makes markup: the result is text, defused and escaped where it is printed like any other.
"""

from plugin_server.rendering.liquid_text import render_for_unknown_reader
from plugin_server.rendering.text import decode_references


def from_email(text: str | None) -> str:
    """Return an email's subject or description as a reader without data sees it; ``""`` for none."""
    return render_for_unknown_reader(text or "")


def from_shop(text: str | None) -> str:
    """Return a name as a shop meant it, its character references decoded once; ``""`` for none."""
    return decode_references(text or "")
