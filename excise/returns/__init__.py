"""Excise returns: ภส.03-07 for goods, ภส.03-08 for services."""
