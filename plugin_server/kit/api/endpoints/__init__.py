"""The GET endpoints of Kit's API V4, by subject; KitClient in kit/client.py joins them."""
