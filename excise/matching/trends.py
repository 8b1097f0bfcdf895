"""What the past of a taxpayer lets expect of a month. Whole numbers in, whole numbers out."""

from collections.abc import Sequence
from math import isqrt

HISTORY = 12  # months looked back on
ENOUGH = 6  # fewer say nothing


def trend_of(history: Sequence[int], *, declared: int) -> int:
    """Return what was to be expected where a month falls out of its history, else what it declared.

    It falls out below the mean by more than two standard deviations of its past months; a
    month without tax counts as 0. The mean and the deviation are cut off to whole satang.
    >>> trend_of([100, 102, 98, 100, 101, 99], declared=90)
    100
    >>> trend_of([100, 102, 98, 100, 101, 99], declared=98), trend_of([100, 100], declared=0)
    (98, 0)
    """
    if len(history) < ENOUGH:
        return declared
    mean = sum(history) // len(history)
    deviation = isqrt(sum((each - mean) ** 2 for each in history) // len(history))
    return mean if declared < mean - 2 * deviation else declared
