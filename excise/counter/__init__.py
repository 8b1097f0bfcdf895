"""Money taken over the counters of offices: sessions of cashiers, deposits, copies of receipts."""
