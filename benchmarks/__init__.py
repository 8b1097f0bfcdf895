"""How fast, as ratios within one run: `make bench`. Seconds of a shared machine say little."""
