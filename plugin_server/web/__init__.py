"""What every HTTP response has in common: pages, headers, error handlers, health checks, middleware."""
