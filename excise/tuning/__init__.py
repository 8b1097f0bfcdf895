"""How much may differ by each rule, as officers set it: dated, replayed, with four eyes."""
