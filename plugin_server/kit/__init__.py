"""Kit as this server sees it: API client, the creator's connection, data types."""
