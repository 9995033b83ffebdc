"""The account itself: its data, colours and profile, and statistics computed from a few of its numbers."""

from datetime import date, datetime, time, timedelta
from typing import Any

from plugin_server.sandbox.kit import fields
from plugin_server.sandbox.kit.calls import Call, Reply
from plugin_server.sandbox.kit.generated_posts import Record
from plugin_server.sandbox.kit.moments import moment
from plugin_server.sandbox.kit.rejection import Rejected, not_found

PERIOD_DAYS = 90
MAX_COLORS = 10
# In per cent of the emails sent.
_RATES = {
    "open_rate": "opened",
    "click_rate": "clicked",
    "unsubscribe_rate": "unsubscribed",
    "bounce_rate": "bounced",
}


def show_account(call: Call) -> Reply:
    """Return the account and its user."""
    account = call.account
    shown = {**_plan(account.account), **account.account}
    if "timezone" in shown:
        offset = datetime.fromtimestamp(account.clock(), account.zone).isoformat()[-6:]
        shown["timezone"] = {**shown["timezone"], "utc_offset": offset}
    user = {"email": account.email, "id": account.user_id or account.id}
    return {"user": user, "account": shown}, 200


def _plan(account: Record) -> Record:
    """Return what older account files do not have."""
    return {
        "sending_addresses": [
            {
                "email_address": account["primary_email_address"],
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
            **dict.fromkeys(("trial_lapse_date", "renews_at", "cancels_at")),
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
    """Return the number of subscribers today, and of those gained and lost in a period.

    That is by default the last 90 days, in the account's time zone. Each end has the offset of its own day:
    whether Kit gives both that of today is not known.
    """
    account, zone = call.account, call.account.zone
    today = datetime.fromtimestamp(account.clock(), zone).date()
    errors: list[str] = []
    starting = _day(call, "starting", today - timedelta(days=PERIOD_DAYS), errors)
    ending = _day(call, "ending", today, errors)
    if not errors and starting > ending:
        errors.append("Starting date must be before the ending date.")
    if errors:
        raise Rejected(422, *errors)
    days = (ending - starting).days + 1
    new = days * account.growth["new_per_week"] // 7
    gone = days * account.growth["cancellations_per_week"] // 7
    for at, change in account.gained:
        if starting <= datetime.fromisoformat(at).astimezone(zone).date() <= ending:
            new, gone = new + (change > 0), gone + (change < 0)
    stats = {
        "cancellations": gone,
        "net_new_subscribers": new - gone,
        "new_subscribers": new,
        "subscribers": account.growth["subscribers"] + sum(change for _, change in account.gained),
        "starting": datetime.combine(starting, time(), zone).isoformat(),
        "ending": datetime.combine(ending, time(23, 59, 59), zone).isoformat(),
    }
    return {"stats": stats}, 200


def _day(call: Call, name: str, default: date, errors: list[str]) -> date:
    text = call.query.get(name)
    if not text:
        return default
    try:
        # Only this format is documented, and ``date.fromisoformat`` accepts others.
        return datetime.strptime(text, "%Y-%m-%d").date()
    except ValueError:
        errors.append(f"{name.capitalize()} date is incorrectly formatted. Use YYYY-MM-DD.")
        return default


def show_email_stats(call: Call) -> Reply:
    """Return how many emails were sent, opened and clicked in the last 90 days."""
    numbers, now = call.account.email_stats, call.account.clock()
    sent = numbers["sent"]
    stats: dict[str, Any] = {
        "sent": sent,
        "clicked": numbers["clicked"],
        "opened": numbers["opened"],
        "email_stats_mode": f"last_{PERIOD_DAYS}",
        "open_tracking_enabled": numbers["open_tracking_enabled"],
        "click_tracking_enabled": numbers["click_tracking_enabled"],
        "starting": moment(now - timedelta(days=PERIOD_DAYS).total_seconds()),
        "ending": moment(now),
    }
    for rate, number in _RATES.items():
        stats[rate] = round(100 * numbers.get(number, 0) / sent, 2) if sent else 0.0
    return {"stats": stats}, 200
