"""Differences between what was declared and what others know, until they are settled."""
