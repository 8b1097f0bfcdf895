"""The tariff: dated, sourced rates and the exact tax on a line, with its explanation."""
