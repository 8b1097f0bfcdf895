"""The agencies that exchange data with us, and what was said with each."""
