"""Everything that a package of blocks uses: the public interface, and the built-in package.

Only what is named here, and in ``plugin_server.testing``, is public; ``docs/writing-blocks.md`` describes it
with examples. ``API_VERSION`` grows when something that is named here goes or changes its meaning; a package
says which version it needs with ``REQUIRES_API`` in its ``__init__.py``. What changes is in CHANGELOG.md.
"""

from plugin_server.blocks.base import API_VERSION, Block, Option, SearchQuery
from plugin_server.blocks.custom_fields import (
    CUSTOM_FIELDS,
    FIRST_NAME,
    READ_CUSTOM_FIELDS,
    find_field,
    search_fields,
)
from plugin_server.blocks.default_style import brand_color, side
from plugin_server.blocks.search import Candidate, OptionIndex
from plugin_server.blocks.teaser import Image, Teaser, TeaserOptions, teaser
from plugin_server.errors import ContentNotFound, KitError, SettingsInvalid, UndeclaredScope
from plugin_server.kit.account_data import AccountData
from plugin_server.kit.api import endpoints, models
from plugin_server.kit.api.endpoints import ListOf, RecordAt
from plugin_server.kit.api.parameters import ById, Paging, Parameters
from plugin_server.kit.api.records import Id, KitRecord, Moment, Readable
from plugin_server.kit.catalog import PublishedForm, SoldProduct
from plugin_server.kit.kit_resource import KitResource, kit_list, kit_record
from plugin_server.kit.posts import Posts, PublishedPost
from plugin_server.rendering.locale_formats import (
    format_compact,
    format_day,
    format_number,
    format_price,
    format_time,
)
from plugin_server.rendering.personal.fields import EventPlugin, subscriber_field
from plugin_server.rendering.personal.texts import TextWithFields, text_with_fields
from plugin_server.rendering.rich_text import rich_text
from plugin_server.rendering.text import direction, one_line, shorten, shorten_paragraphs
from plugin_server.rendering.urls import parse_link, parse_web_url
from plugin_server.rendering.value_types import Choice, Color, SubscriberField, Url
from plugin_server.settings.text_formats import EMAIL, LINK, PHONE, TIME, TextFormat
from plugin_server.settings.values import Font, PickedDate, Values

__all__ = [
    "API_VERSION",
    "AccountData",
    "Block",
    "ById",
    "CUSTOM_FIELDS",
    "Candidate",
    "Choice",
    "Color",
    "ContentNotFound",
    "EMAIL",
    "EventPlugin",
    "FIRST_NAME",
    "Font",
    "Id",
    "Image",
    "KitError",
    "KitRecord",
    "KitResource",
    "LINK",
    "ListOf",
    "Moment",
    "Option",
    "OptionIndex",
    "PHONE",
    "Paging",
    "Parameters",
    "PickedDate",
    "Posts",
    "PublishedForm",
    "PublishedPost",
    "READ_CUSTOM_FIELDS",
    "Readable",
    "RecordAt",
    "SearchQuery",
    "SettingsInvalid",
    "SoldProduct",
    "SubscriberField",
    "TIME",
    "Teaser",
    "TeaserOptions",
    "TextFormat",
    "TextWithFields",
    "UndeclaredScope",
    "Url",
    "Values",
    "brand_color",
    "direction",
    "endpoints",
    "find_field",
    "format_compact",
    "format_day",
    "format_number",
    "format_price",
    "format_time",
    "kit_list",
    "kit_record",
    "models",
    "one_line",
    "parse_link",
    "parse_web_url",
    "rich_text",
    "search_fields",
    "shorten",
    "shorten_paragraphs",
    "side",
    "subscriber_field",
    "teaser",
    "text_with_fields",
]
