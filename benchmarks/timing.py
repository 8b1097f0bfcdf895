"""Time things side by side."""

import time
from collections.abc import Callable, Mapping


def side_by_side(acts: Mapping[str, Callable[[], object]], *, rounds: int) -> dict[str, float]:
    """Return the best seconds of each act; they take turns, so load falls on all alike."""
    best = dict.fromkeys(acts, float("inf"))
    for _ in range(rounds):
        for name, act in acts.items():
            start = time.perf_counter()
            act()
            best[name] = min(best[name], time.perf_counter() - start)
    return best


def lines(title: str, best: Mapping[str, float]) -> list[str]:
    """Write each act's time as a multiple of the first one's."""
    peer = next(iter(best.values()))
    return [title, *(f"  {s / peer:6.2f}  {name} ({s:.3f} s)" for name, s in best.items())]
