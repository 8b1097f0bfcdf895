"""Bills, the bank's messages about money, and which money pays which bill."""
