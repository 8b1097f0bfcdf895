"""Documents: rendered, sealed, kept by content, checkable by anybody."""
