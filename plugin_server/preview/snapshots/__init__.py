"""Pictures of blocks: every example in every view of the contact sheet, as PNG files to compare."""
