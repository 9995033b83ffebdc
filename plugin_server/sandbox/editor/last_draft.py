"""*Editor* in the navigation: leads back to what was edited last, so that other pages can be looked at."""

from urllib.parse import parse_qsl, urlencode

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue

from plugin_server.sandbox.context import creator, sandbox

last_draft = Blueprint("last_draft", __name__)


@last_draft.get("/editor/last")
def resume() -> ResponseReturnValue:
    """Redirect to the draft that this browser showed last, and to how it was shown.

    The page's script (static/sandbox/view.js) writes both to the cookie ``last``: ``7?dark=on``. Without
    it, and for another creator, it is the draft that was edited last; without any draft, a new email.
    """
    id_, _, view = request.cookies.get("last", "").partition("?")
    drafts = sandbox().store.find_drafts(creator().id)
    draft = next((each for each in drafts if str(each.id) == id_), next(iter(drafts), None))
    if draft is None:
        return redirect(url_for("editor.new"), 303)
    url = url_for("editor.edit", draft_id=draft.id)
    query = urlencode(parse_qsl(view))
    return redirect(f"{url}?{query}" if query else url, 303)
