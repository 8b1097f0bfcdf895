"""Compare what was declared with the evidence, by rule, in bulk."""
