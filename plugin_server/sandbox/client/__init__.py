"""The sandbox as the app's client: requests to its endpoints, and their recorded responses."""
