"""The double-entry journal: entries are added, never changed."""
