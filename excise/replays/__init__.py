"""A setting of a rule tried on what is past: hits, false alarms and baht. Nothing changes."""
