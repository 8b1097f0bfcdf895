"""The tax on a line and on a return, exactly, each with its explanation. Values in, values out."""

from excise.tariff.rules.additions import Additions, Taxed, additions
from excise.tariff.rules.describe import InputField, describe_rate, inputs_of, rate_confidence
from excise.tariff.rules.line import Kind, Line, LineTax, calculate_line
from excise.tariff.rules.prices import SrpCheck, check_srp, srp_ex_vat_satang
from excise.tariff.rules.rates import weakest
from excise.tariff.rules.trace import Trace, replay

__all__ = [
    "Additions",
    "InputField",
    "Kind",
    "Line",
    "LineTax",
    "SrpCheck",
    "Taxed",
    "Trace",
    "additions",
    "calculate_line",
    "describe_rate",
    "inputs_of",
    "rate_confidence",
    "replay",
    "srp_ex_vat_satang",
    "check_srp",
    "weakest",
]
