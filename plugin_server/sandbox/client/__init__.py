"""The sandbox as the plugin's client: requests to its endpoints, and what came back."""
