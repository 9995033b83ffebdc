"""Reads an app's sign-in and consent pages: which button allows, which declines, what must be filled in.

The rules are about words, because there is no standard for such pages.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal
from urllib.parse import urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode

Decision = Literal["allow", "deny"]

_NO = re.compile(
    r"\b(cancel|decline|deny|denied|disallow|reject|refuse|not? now|no,? thanks|no|disagree)\b"
    r"|\bdon.?t\b|\bdo not\b|abbrechen|ablehnen|annuler|refuser|rechazar|cancelar",
    re.IGNORECASE,
)
# Neither allows nor declines: another account, another way, away from the page.
_ASIDE = re.compile(
    r"\b(another|different|switch|log ?out|sign ?out|forgot|reset|back|help|language|search)\b",
    re.IGNORECASE,
)
_YES = re.compile(
    r"\b(allow|approve|authori[sz]e|accept|agree|grant|connect|install|continue|confirm|yes|ok"
    r"|log ?in|sign ?in|sign ?up|register|next|submit|proceed|create|start|done)\b"
    r"|erlauben|zulassen|zustimmen|anmelden|weiter|autoriser|accepter|se connecter|continuer"
    r"|permitir|aceptar|autorizar",
    re.IGNORECASE,
)
_TYPED = frozenset({"text", "email", "password", "tel", "url", "number", "search", ""})


@dataclass(frozen=True)
class Press:
    """A form to send, or a link to follow, as pressing its button would.

    ``missing`` are the names of required fields that nobody has a value for; ``decides``: whether it allows
    or declines as requested, and does not only lead on.
    """

    url: str
    method: Literal["GET", "POST"] = "GET"
    fields: Mapping[str, str] = field(default_factory=dict, repr=False)
    missing: tuple[str, ...] = ()
    decides: bool = False


def matches(label: str, decision: Decision) -> bool:
    """Return whether a button with this label allows, or declines."""
    if decision == "deny":
        return bool(_NO.search(label))
    return bool(_YES.search(label)) and not (_NO.search(label) or _ASIDE.search(label))


def is_neutral(label: str) -> bool:
    """Return whether a button may mean anything: it would be pressed if it were the only one."""
    return not (_NO.search(label) or _ASIDE.search(label))


def find_press(html: str, decision: Decision, fill: Mapping[str, str]) -> Press | None:
    """Return what a creator would press on a page; ``None`` when nothing there can be pressed.

    Args:
        html: the page.
        decision: whether the creator allows or declines. To decline, a page without a button for that
            is passed like a sign-in, if it has fields to fill in.
        fill: values of fields by their names.
    """
    page = LexborHTMLParser(html)
    forms = page.css("form")
    buttons = [(form, button) for form in forms for button in _buttons(form)]
    chosen = next((pair for pair in buttons if matches(label_of(pair[1]), decision)), None)
    decides = chosen is not None
    if chosen is None and decision == "deny":
        signing_in = [pair for pair in buttons if _typed_fields(pair[0])]
        chosen = next((p for p in signing_in if matches(label_of(p[1]), "allow")), None)
    elif chosen is None:
        neutral = [pair for pair in buttons if is_neutral(label_of(pair[1]))]
        chosen = neutral[0] if len(neutral) == 1 else None
    if chosen:
        return replace(_sent(*chosen, fill), decides=decides)
    links = [link for link in page.css("a[href]") if matches(label_of(link), decision)]
    if links:
        return Press(links[0].attributes.get("href") or "", decides=True)
    if len(forms) == 1 and not buttons and decision == "allow":
        # A page that sends its form by a script.
        return _sent(forms[0], None, fill)
    refresh = page.css_first('meta[http-equiv="refresh" i]')
    target = re.search(r"url\s*=\s*['\"]?([^'\"]+)", _attribute(refresh, "content"), re.IGNORECASE)
    return Press(target[1].strip()) if target else None


def label_of(node: LexborNode) -> str:
    """Return the text of a button or link, or what stands for it."""
    text = " ".join(node.text().split())
    if text:
        return text.replace("’", "'")
    names = ("value", "aria-label", "title", "name")
    return next(filter(None, (_attribute(node, name) for name in names)), "")


def is_callback(url: str, redirect_uri: str) -> bool:
    """Return whether a URL is the redirect URI, with whatever query."""
    one, other = urlsplit(url), urlsplit(redirect_uri)
    return (one.scheme, one.netloc, one.path) == (other.scheme, other.netloc, other.path)


def _buttons(form: LexborNode) -> list[LexborNode]:
    return [
        node
        for node in form.css("button, input")
        if (
            _attribute(node, "type").lower() in ("submit", "image")
            or (node.tag == "button" and not _attribute(node, "type"))
        )
        and "disabled" not in node.attributes
    ]


def _typed_fields(form: LexborNode) -> list[LexborNode]:
    return [
        node
        for node in form.css("input, textarea, select")
        if node.tag != "input" or _attribute(node, "type").lower() in _TYPED
    ]


def _sent(form: LexborNode, button: LexborNode | None, fill: Mapping[str, str]) -> Press:
    fields: dict[str, str] = {}
    missing = []
    for node in form.css("input, textarea, select"):
        name, kind = _attribute(node, "name"), _attribute(node, "type").lower()
        if not name or kind in ("submit", "image", "button", "reset", "file"):
            continue
        if kind == "radio" and "checked" not in node.attributes:
            continue
        if kind == "checkbox":
            # A creator who allows ticks what must be ticked.
            if "checked" in node.attributes or "required" in node.attributes:
                fields[name] = _attribute(node, "value") or "on"
            continue
        fields[name] = fill.get(name, _value(node))
        if not fields[name] and ("required" in node.attributes or kind == "password"):
            missing.append(name)
    if button is not None and (name := _attribute(button, "name")):
        fields[name] = _attribute(button, "value")
    method = _attribute(button, "formmethod") or _attribute(form, "method")
    action = _attribute(button, "formaction") or _attribute(form, "action")
    is_post = method.lower() == "post"
    return Press(action, "POST" if is_post else "GET", fields, tuple(missing))


def _value(node: LexborNode) -> str:
    if node.tag == "textarea":
        return node.text()
    if node.tag == "select":
        options = node.css("option")
        chosen = next((each for each in options if "selected" in each.attributes), None)
        chosen = chosen or (options[0] if options else None)
        return (_attribute(chosen, "value") or chosen.text()) if chosen else ""
    return _attribute(node, "value")


def _attribute(node: LexborNode | None, name: str) -> str:
    return (node.attributes.get(name) or "") if node is not None else ""
