"""Examples of blocks: settings in files, made-up accounts to show them with, and stress texts."""
