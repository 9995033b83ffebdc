"""Real PostgreSQL and Redis servers, and the store's recorded SQL."""
