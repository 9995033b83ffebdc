"""Which files the preview watches, and which of them reload without a new worker."""

from plugin_server.resources.paths import EXAMPLES, PACKAGE, SETTINGS_JSON, STATIC, TEMPLATES

WATCHED = (PACKAGE, TEMPLATES, SETTINGS_JSON, STATIC)
# These are read again whenever they have changed; everything else needs a new worker.
RELOADED_FILES = (TEMPLATES / "blocks", TEMPLATES / "macros", EXAMPLES, STATIC)
SANDBOX_FILES = (
    PACKAGE / "sandbox",
    PACKAGE / "preview",
    TEMPLATES / "sandbox",
    STATIC / "sandbox",
)
