"""The fields of Kit's developer dashboard, by their current and former labels.

One list for both sides: the page that says what to paste in Kit, and the sandbox's dashboard, which
accepts what Kit accepts. A ``key`` is the member of ``PUT /dashboard/app.json`` in the sandbox.
Sources: https://developers.kit.com/kit-app-store/app-details-page,
https://developers.kit.com/plugins/oauth-authorization,
https://developers.kit.com/plugins/content-blocks/plugin-configuration,
https://developers.kit.com/plugins/content-blocks/dynamic-blocks/plugin-configuration,
https://developers.kit.com/plugins/automation-nodes/plugin-configuration.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class KitField:
    """One field of Kit's dashboard.

    Attributes:
        key: its name in code, unique within its form.
        label: Kit's own label.
        formerly: the label in older documents and screenshots; ``""`` when it has not changed.
        longest: the most characters that Kit accepts; ``None`` when it documents no limit.
    """

    key: str
    label: str
    formerly: str = ""
    longest: int | None = None


def _form(*fields: KitField) -> dict[str, KitField]:
    return {field.key: field for field in fields}


# The app's details page: its entry in the app store, and where creators go after installing it.
APP_DETAILS = _form(
    KitField("name", "App name", longest=50),
    KitField("summary", "Summary", longest=90),
    KitField("description", "Description", longest=5_000),
    KitField("icon_url", "Icon"),
    KitField("redirect_after_install", "Redirect URL after install"),
    KitField("return_to_domains", "Allowed return_to domains"),
    KitField("app_settings_url", "App settings URL"),
    KitField("support_url", "Support URL"),
    KitField("help_url", "Help article URL"),
    KitField("privacy_url", "Privacy policy URL"),
)

# The app's API access, where Kit is the OAuth server. Kit itself makes the client ID and secret.
API_ACCESS = _form(
    KitField("authorization_url", "Authorization URL"),
    KitField("redirect_uris", "Redirect URIs", formerly="Redirect URI"),
)

# The authorization of the app's plugins, where the app is the OAuth server.
PLUGIN_OAUTH = _form(
    KitField("authorize_url", "Authorization URL", formerly="Authorize URL"),
    KitField("token_url", "Token URL"),
    KitField("refresh_url", "Refresh token URL"),
    KitField("revoke_url", "Revoke URL", formerly="Revoke token URL"),
    KitField("client_id", "Client ID"),
    KitField("client_secret", "Client secret"),
)

# One content block.
PLUGIN = _form(
    KitField("name", "Name"),
    KitField("description", "Description"),
    KitField("sort_order", "Sort order"),
    KitField("logo_url", "Icon", formerly="Logo"),
    KitField("html_url", "Request URL", formerly="HTML URL"),
    KitField("settings_json", "Settings JSON"),
    KitField("scopes", "Scopes"),
)

# What a dynamic content block has besides. Kit assigns the app its own identifier.
DYNAMIC = _form(
    KitField("dynamic", "Dynamic"),
    KitField("identifier", "Identifier"),
    KitField("event", "Event plugin"),
)

# One automation event plugin, as far as dynamic blocks need it.
EVENT_PLUGIN = _form(
    KitField("name", "Name"),
    KitField("description", "Description"),
    KitField("identifier", "Identifier"),
    KitField("sample_data", "Sample data"),
)
