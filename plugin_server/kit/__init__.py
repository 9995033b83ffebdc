"""Kit as this server uses it: API client, cache, creators' connections, and the data that blocks read."""
