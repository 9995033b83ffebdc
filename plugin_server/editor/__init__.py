"""The endpoints that Kit's editor calls: routes, and the JSON envelope of their bodies."""
