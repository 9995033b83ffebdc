"""Limits of Kit and Gmail that the gate, the lint and the sandbox share."""

# https://developers.kit.com/plugins/content-blocks/plugin-security
KIT_REJECTED_ELEMENTS = frozenset(
    {"script", "iframe", "audio", "video", "form", "input", "command", "action", "prompt"}
)
# Bytes. Gmail cuts an email off near here, and what it cuts off counts as unread.
GMAIL_CLIPS_AT = 102 * 1024
