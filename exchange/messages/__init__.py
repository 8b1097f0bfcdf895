"""What the contracts say, as Python types: a module a service, `frame` for what all share.

The names are those of the XSD in snake_case; `exchange.contract` compares every one with
the contract when the exchange starts.
"""
