"""Lines of a return that come by file: many rows, added up to the lines that are taxed."""
