"""The pages that demand what is checked: Kit's own, and the RFCs that they build on."""

OAUTH_PAGE = "https://developers.kit.com/plugins/oauth-authorization"
REVIEW = "https://developers.kit.com/kit-app-store/going-live"
DETAILS = "https://developers.kit.com/kit-app-store/app-details-page"
VERSIONS = "https://developers.kit.com/kit-app-store/app-versioning"
BLOCKS = "https://developers.kit.com/plugins/content-blocks"
CONFIGURATION = f"{BLOCKS}/plugin-configuration"
SECURITY = f"{BLOCKS}/plugin-security"
RECOMMENDATIONS = f"{BLOCKS}/plugin-recommendations"
DYNAMIC = f"{BLOCKS}/dynamic-blocks"
LIQUID = f"{DYNAMIC}/liquid-templates"
COMPONENTS = "https://developers.kit.com/plugins/component-library/overview"
DEPENDENCIES = "https://developers.kit.com/plugins/component-library/dependencies"
RFC_6749 = "https://www.rfc-editor.org/rfc/rfc6749"  # OAuth 2.0
RFC_6750 = "https://www.rfc-editor.org/rfc/rfc6750"  # bearer tokens
RFC_7009 = "https://www.rfc-editor.org/rfc/rfc7009"  # revocation
RFC_9110 = "https://www.rfc-editor.org/rfc/rfc9110"  # HTTP
RFC_9700 = "https://www.rfc-editor.org/rfc/rfc9700"  # OAuth's best practice
