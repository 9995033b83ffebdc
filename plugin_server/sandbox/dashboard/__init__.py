"""What a developer enters in Kit's dashboard, and how Kit judges it."""
