"""The tariff time machine: what would have been charged under another edition. Nothing changes."""
