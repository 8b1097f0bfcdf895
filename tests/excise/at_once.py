"""Do the same from many threads at the same moment."""

import threading
from collections.abc import Callable
from typing import Any


def at_once(times: int, act: Callable[[int], Any]) -> list[Any]:
    """Return what each call returned, or the exception it raised, in no order of time."""
    answers: list[Any] = [None] * times
    ready = threading.Barrier(times)

    def run(number: int) -> None:
        ready.wait()
        try:
            answers[number] = act(number)
        except Exception as error:
            answers[number] = error

    threads = [threading.Thread(target=run, args=(number,)) for number in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers
