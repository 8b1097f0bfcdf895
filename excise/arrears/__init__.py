"""Tax that is late or short: months, surcharge, penalty and what is asked in all."""
