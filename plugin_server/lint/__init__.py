"""The lint of email HTML: what Kit rejects, what readers cannot use, what mail clients do not show."""
