"""What a reader left in the cart of a shop."""

from plugin_server.blocks import AccountData, Block, EventPlugin, Values, brand_color, direction


class CartList(Block):
    """List what a reader has left in the cart."""

    identifier = "cart_list"
    event = EventPlugin(
        "abandoned_cart",
        sample={
            "items": [
                {
                    "title": "A storm lamp",
                    "url": "https://shop.example.com/lamp",
                    "image": "https://images.example.com/lamp.png",
                    "price": "€48",
                    "quantity": 1,
                }
            ],
            "checkout_url": "https://shop.example.com/cart",
        },
    )

    def context(self, values: Values, data: AccountData) -> dict[str, object]:
        """Return what the creator typed, and a color for the button."""
        heading = values.text("heading") or "Still interested?"
        return {
            "heading": heading,
            "button_text": values.text("button_text") or "Go to your cart",
            "has_pictures": values.is_on("pictures"),
            "button_color": values.color("button_color") or brand_color(data),
            "direction": direction(heading),
        }
