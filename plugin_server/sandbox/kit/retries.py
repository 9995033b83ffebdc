"""When deliveries to webhooks are repeated. Source: https://developers.kit.com/webhooks"""

# After these seconds an attempt follows the one before.
RETRIES: tuple[float, ...] = (30, 120, 900, 3600, 4 * 3600, 12 * 3600, 24 * 3600)
