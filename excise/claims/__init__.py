"""Claims for refund, exemption and reduction of excise that was paid."""
