"""Examples of blocks' settings, made-up accounts to show them with, and texts that strain any block."""
