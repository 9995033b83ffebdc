"""The shapes of Kit's responses, in a shorthand for JSON schemas.

A shape lists members as ``name:type``. Types are ``int num str bool any``, ``T`` (a time in UTC), ``L`` (a
time with an offset), ``D`` (a day), ``hex`` (a colour), ``url``, the name of another shape, and ``a|b`` for
words. ``?`` after a type allows null, ``[]`` makes an array of it; ``~`` after a name lets it be absent.

Source: https://developers.kit.com/api-reference
"""

from typing import Any

from jsonschema import Draft202012Validator

_TIME = r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}"
_TYPES: dict[str, dict[str, Any]] = {
    "int": {"type": "integer"},
    "num": {"type": "number"},
    "str": {"type": "string"},
    "bool": {"type": "boolean"},
    "any": {},
    "T": {"type": "string", "pattern": rf"{_TIME}(\.\d{{3}})?Z$"},
    "L": {"type": "string", "pattern": rf"{_TIME}[+-]\d{{2}}:\d{{2}}$"},
    "hex": {"type": "string", "pattern": "^#[0-9A-Fa-f]{6}$"},
    "url": {"type": "string", "pattern": "^https?://"},
    "cursor": {"type": "string", "pattern": "^[A-Za-z0-9+/]+={0,2}$"},
}
_RATES = (
    "open_rate:num? click_rate:num? click_to_open_rate:num? unsubscribe_rate:num? bounce_rate:num?"
)
_STATS = (
    "recipients:int? opens:int? clicks:int? email_unsubscribes:int? bounces:int? complaints:int?"
    f" {_RATES}"
)
_PERSON = (
    "id:int first_name:str? email_address:str state:active|cancelled|bounced|complained|inactive"
)
_UTM = "source:str? medium:str? campaign:str? term:str? content:str?"

SHAPES = {
    "pagination": (
        "has_previous_page:bool has_next_page:bool start_cursor:cursor? end_cursor:cursor? per_page:int"
        " total_count~:int"
    ),
    "user": "email:str id~:int",
    "timezone": "name:str friendly_name:str utc_offset:str",
    "address": (
        "email_address:str from_name:str status:str is_default:bool is_verified:bool"
        " is_dmarc_configured:bool"
    ),
    "plan": (
        "plan_type:str interval:str? subscriber_limit:int? on_trial:bool trial_lapse_date:T? renews_at:T?"
        " cancels_at:T?"
    ),
    "account": (
        "id:int name:str plan_type:str primary_email_address:str created_at:T timezone~:timezone"
        " sending_addresses:address[] plan:plan"
    ),
    "profile": "name:str byline:str? bio:str? image_url:url? profile_url:url?",
    "email_stats": (
        "sent:int clicked:int opened:int email_stats_mode:str open_tracking_enabled:bool"
        " click_tracking_enabled:bool starting:T ending:T open_rate:num click_rate:num"
        " unsubscribe_rate:num bounce_rate:num"
    ),
    "growth_stats": (
        "cancellations:int net_new_subscribers:int new_subscribers:int subscribers:int starting:L ending:L"
    ),
    "template_name": "id:int name:str",
    "broadcast": (
        "id:int publication_id:int created_at:T subject:str? preview_text:str? description:str?"
        " content~:str? public:bool published_at:T? send_at:T? thumbnail_alt:str? thumbnail_url:url?"
        " public_url~:url? email_address~:str? email_template~:template_name subscriber_filter~:any[]"
        " status:draft|scheduled|sending|completed|aborted"
    ),
    "broadcast_stats": (
        "recipients:int open_rate:num emails_opened:int click_rate:num unsubscribe_rate:num unsubscribes:int"
        " total_clicks:int show_total_clicks:bool status:str progress:num open_tracking_disabled:bool"
        " click_tracking_disabled:bool"
    ),
    "broadcast_with_stats": "id:int subject~:str? send_at~:T? stats:broadcast_stats",
    "click": (
        "id~:int url:url unique_clicks:int click_to_delivery_rate:num click_to_open_rate:num"
    ),
    "broadcast_clicks": "id:int clicks:click[]",
    "custom_field": "id:int name:str key:str label:str created_at~:T",
    "email_template": "id:int name:str is_default:bool category:str",
    "form": (
        "id:int name:str created_at:T type:embed|hosted format:str? embed_js:url embed_url:url archived:bool"
        " uid:str subscriber_count~:int"
    ),
    "post": (
        "id:int publication_id:int created_at:T title:str? slug:str? description:str? meta_description:str?"
        " status:draft|scheduled|published published_at:T? sent_at:T? thumbnail_alt:str? thumbnail_url:url?"
        " is_paid:bool? public_url:url? product_id~:int? content~:str?"
    ),
    "product": "quantity:num lid:str unit_price:num sku:str? name:str pid:str",
    "purchase": (
        "id:int transaction_id:str status:str email_address:str subscriber_id:int? currency:str"
        " transaction_time:T subtotal:num discount:num tax:num total:num products:product[] source~:str"
    ),
    "segment": "id:int name:str created_at:T",
    "sequence": (
        "id:int name:str hold:bool repeat:bool created_at:T updated_at:T email_address:str?"
        " email_template_id:int? send_days:str[] send_hour:int time_zone:str active:bool"
        " exclude_subscriber_sources:any[] stats~:sequence_stats"
    ),
    "sequence_stats": f"unsubscribers:int {_STATS} complaint_rate:num?",
    "email": (
        "id:int sequence_id:int subject:str preview_text:str? email_address:str email_template_id:int?"
        " published:bool position:int delay_value:int delay_unit:days|hours send_days:str[] content~:str?"
        " stats~:sent_stats"
    ),
    "sent_stats": f"{_STATS} complaint_rate:num?",
    "document": "id:int value:any value_html:str? value_plain:str? version:int",
    "snippet": (
        "id:int name:str snippet_type:inline|block archived:bool key:str created_at:T updated_at:T"
        " content~:str document~:document"
    ),
    "utm": _UTM,
    "attribution": (
        "referrer:str? utm_source:str? utm_medium:str? utm_campaign:str? utm_term:str? utm_content:str?"
        " source_type:str? source_name:str? source_mechanism:str? source_mechanism_id:int?"
    ),
    "location": "city:str? state:str? country:str? latitude:num? longitude:num? timezone:str?",
    "tag_name": "id:int name:str",
    "subscriber": (
        f"{_PERSON} created_at:T fields~:any attribution~:attribution? tags~:tag_name[] location~:location?"
        " canceled_at~:T?"
    ),
    "written_subscriber": f"{_PERSON} created_at:T fields:any",
    "tagged": f"{_PERSON} created_at:T fields~:any tagged_at:T",
    "added": f"{_PERSON} created_at:T fields~:any added_at:T",
    "subscribed": (
        f"{_PERSON} created_at:T fields~:any added_at:T referrer:str? referrer_utm_parameters:utm"
    ),
    "bulk_tagged": "id:int first_name:str? email_address:str created_at:T tagged_at:T",
    "bulk_subscribed": (
        "id:int first_name:str? email_address:str created_at:T added_at:T referrer:str?"
        " referrer_utm_parameters:utm"
    ),
    "filtered": (
        "id:str first_name:str? email_address:str created_at:T tag_names~:str[] tag_ids~:str[]"
        " attribution~:attribution? tags~:tag_name[] location~:location? canceled_at~:T?"
        " custom_fields~:any stats~:any"
    ),
    "pinned": (
        "city:str state_province:str country_code:str latitude:num longitude:num timezone:str"
    ),
    "located": "id:int location:pinned",
    "person_numbers": (
        "sent:int opened:int clicked:int bounced:int open_rate:num click_rate:num last_sent:T? last_opened:T?"
        " last_clicked:T? sends_since_last_open:int sends_since_last_click:int"
    ),
    "person_stats": "id:int stats:person_numbers",
    "tag": "id:int name:str created_at:T subscriber_count~:int",
    "persons_tag": "id:int name:str tagged_at:T",
    "value": "subscriber_id:int subscriber_custom_field_id:int value:str?",
    "webhook": "id:int account_id:int event:any target_url:url",
    "webhook_endpoint": (
        "id:int name:str url:url events:str[] status:active|disabled source:str description:str?"
        " created_by_app:any created_at:T previous_secret_expires_at:T? secret~:str"
    ),
    "delivery": (
        "id:int webhook_endpoint_id:int event_type:str status:pending|retrying|delivered|failed"
        " attempt_count:int created_at:T completed_at:T? attempts~:attempt[]"
    ),
    "attempt": "attempted_at:T response_status:int? response_body:str duration_ms:int",
    "failure": (
        "errors:str[] tag~:any tagging~:any subscription~:any subscriber~:any custom_field~:any"
        " custom_field_value~:any"
    ),
    "token": (
        "access_token:str token_type:Bearer expires_in:int refresh_token:str scope:public created_at:int"
    ),
    "token_error": "error:str error_description:str",
}


def problems(body: Any, shape: str) -> list[str]:
    """Return where a body differs from a shape in the shorthand, or from one by its name."""
    found = Draft202012Validator(_schema(SHAPES.get(shape, shape))).iter_errors(body)
    return [f"{error.json_path}: {error.message}" for error in found]


def _schema(shape: str) -> dict[str, Any]:
    members = dict(member.split(":", 1) for member in shape.split())
    return {
        "type": "object",
        "required": [name for name in members if not name.endswith("~")],
        "additionalProperties": False,
        "properties": {name.removesuffix("~"): _type(type_) for name, type_ in members.items()},
    }


def _type(name: str) -> dict[str, Any]:
    if name.endswith("?"):
        return {"anyOf": [{"type": "null"}, _type(name[:-1])]}
    if name.endswith("[]"):
        return {"type": "array", "items": _type(name[:-2])}
    if name in SHAPES:
        return _schema(SHAPES[name])
    return _TYPES[name] if name in _TYPES else {"enum": name.split("|")}
