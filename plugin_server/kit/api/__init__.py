"""The client of Kit's API V4: the table of endpoints, requests, pages, records, the budget of requests."""
