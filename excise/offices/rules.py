"""What the code of an office says."""

import re
from typing import Literal

Level = Literal["central", "bureau", "region", "area", "branch", "invalid"]
_CODE = re.compile(r"(?P<region>0[1-9]|10)(?P<area>[0-9]{2})(?P<branch>[0-9]{2})", re.ASCII)


def office_level(code: str) -> Level:
    """Say which kind of office a code of six digits names: region, area, branch (RRAABB).

    >>> [office_level(code) for code in ("000000", "001401", "100000", "100300", "060102", "11")]
    ['central', 'bureau', 'region', 'area', 'branch', 'invalid']
    """
    if code == "000000":
        return "central"
    if re.fullmatch(r"0014[0-9]{2}", code, re.ASCII):  # the audit bureau
        return "bureau"
    parts = _CODE.fullmatch(code)
    if parts is None or (parts["area"] == "00" and parts["branch"] != "00"):
        return "invalid"
    if parts["branch"] != "00":
        return "branch"
    return "region" if parts["area"] == "00" else "area"
