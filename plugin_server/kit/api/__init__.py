"""The client of Kit's API V4: requests, pages, records, the budget of requests."""
