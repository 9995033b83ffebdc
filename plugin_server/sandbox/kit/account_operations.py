"""The account itself: its data, colours, profile and statistics."""

from datetime import datetime
from typing import Any

from plugin_server.sandbox.kit import fields
from plugin_server.sandbox.kit.calls import Call, Reply
from plugin_server.sandbox.kit.rejection import Rejected, not_found
from plugin_server.sandbox.kit.stats import email_stats, growth_stats

MAX_COLORS = 10


def show_account(call: Call) -> Reply:
    """Return the account and its user."""
    account = call.account
    shown = {**_plan(account.account), **account.account}
    if "timezone" in shown:
        now = datetime.fromtimestamp(account.clock(), account.zone)
        offset = f"{now:%z}"
        utc_offset = f"{offset[:3]}:{offset[3:5]}"
        shown["timezone"] = {**shown["timezone"], "utc_offset": utc_offset}
    user = {"email": account.email, "id": account.user_id or account.id}
    return {"user": user, "account": shown}, 200


def _plan(account: dict[str, Any]) -> dict[str, Any]:
    """Return what older account files do not have."""
    email = account["primary_email_address"]
    return {
        "sending_addresses": [
            {
                "email_address": email,
                "from_name": account["name"],
                "status": "confirmed",
                "is_default": True,
                "is_verified": True,
                "is_dmarc_configured": False,
            }
        ],
        "plan": {
            "plan_type": account["plan_type"],
            "interval": "month",
            "subscriber_limit": None,
            "on_trial": False,
            "trial_lapse_date": None,
            "renews_at": None,
            "cancels_at": None,
        },
    }


def show_colors(call: Call) -> Reply:
    """Return the brand colours, at most ten hex codes."""
    return {"colors": call.account.colors}, 200


def set_colors(call: Call) -> Reply:
    """Replace the brand colours."""
    given = call.body.get("colors")
    if not isinstance(given, list) or len(given) > MAX_COLORS:
        raise Rejected(422, f"Colors must be an array of at most {MAX_COLORS} hex color codes.")
    try:
        call.account.colors = [fields.hex_color(each) for each in given]
    except ValueError as error:
        raise Rejected(422, str(error)) from None
    return show_colors(call)


def show_profile(call: Call) -> Reply:
    """Return the creator profile; 404 when the account has none."""
    if call.account.profile is None:
        raise not_found()
    return {"profile": call.account.profile}, 200


def show_growth(call: Call) -> Reply:
    """Return the number of subscribers today, and of those gained and lost in a period."""
    account = call.account
    now = account.clock()
    return {
        "stats": growth_stats(account.growth, account.gained, account.zone, call.query, now)
    }, 200


def show_email_stats(call: Call) -> Reply:
    """Return how many emails were sent, opened and clicked in the last 90 days."""
    return {"stats": email_stats(call.account.email_stats, call.account.clock())}, 200
