"""Files that people hand in: stored by content, type-checked, handed out as attachments only."""
