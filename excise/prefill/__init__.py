"""Lines that can be offered for a draft: from the last return and from what others told."""
