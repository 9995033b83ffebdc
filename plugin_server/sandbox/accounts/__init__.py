"""The pages of the creators' accounts: their records, the account itself, and its webhooks."""
