"""Who waits for a page comes first; work that nobody waits for steps aside."""

import threading
import time
from collections.abc import Callable

CROWD = 3  # more requests than these wait at once where the machine cannot keep up
MOST_SECONDS, REGAINED = 20.0, 1 / 3
LOOK_SECONDS = 0.05


class Courtesy:
    """Let work wait while requests crowd, but never for good.

    It may wait for 20 seconds in all, of which each second without waiting gives a third
    back: a burst passes first, and a machine that is always too small still works three
    quarters of the time.
    """

    def __init__(self, requests: Callable[[], int], ending: threading.Event) -> None:
        """Ask `requests` how many wait; do not wait any more when the process is `ending`."""
        self._requests, self._ending = requests, ending
        self._left, self._since = MOST_SECONDS, time.monotonic()
        self._lock = threading.Lock()

    def give_way(self) -> None:
        """Return when there is no crowd, or no time left to wait for its end.

        All threads wait as one: the first looks, the others wait for it.
        """
        with self._lock:
            began = time.monotonic()
            self._left = min(MOST_SECONDS, self._left + (began - self._since) * REGAINED)
            until = began + self._left
            while (
                time.monotonic() < until
                and self._requests() > CROWD
                and not self._ending.wait(LOOK_SECONDS)
            ):
                pass
            self._since = time.monotonic()
            self._left = max(0.0, until - self._since)
