"""What the Department tells a taxpayer: each message once, read by each person for themselves."""
