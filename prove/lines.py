"""A line between a client and a service that breaks at a chosen byte."""

import socket
import struct
import threading
from contextlib import suppress
from dataclasses import dataclass

RESET = struct.pack("ii", 1, 0)  # closing then resets, as a line that breaks does


@dataclass
class Break:
    """Break the next request that begins with `begins`, once, after so many bytes.

    Of the request itself, or of its answer: after 0 bytes the answer is swallowed.
    A line that is not cut stalls: it stays open and nothing comes.
    """

    begins: bytes
    after: int
    of_answer: bool = False
    stalls: bool = False


class Line:
    """Listens on a port of its own and passes everything on, until told to break."""

    def __init__(self, port: int) -> None:
        """Lead to a service on this machine."""
        self._target = ("127.0.0.1", port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.next: Break | None = None
        self.broken = 0
        self._ends = threading.Event()
        threading.Thread(target=self._listen, daemon=True).start()

    def close(self) -> None:
        """Break everything, and listen no more."""
        self._ends.set()
        self._listener.close()

    def _listen(self) -> None:
        while not self._ends.is_set():
            with suppress(OSError):
                near, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(near,), daemon=True).start()

    def _serve(self, near: socket.socket) -> None:
        with near, socket.create_connection(self._target) as far:
            state = _Passage(self, near, far)
            back = threading.Thread(target=state.backward, daemon=True)
            back.start()
            state.forward()
            back.join()


class _Passage:
    """One connection: what goes forward, what comes back."""

    def __init__(self, line: Line, near: socket.socket, far: socket.socket) -> None:
        self._line, self._near, self._far = line, near, far
        self._break: Break | None = None
        self._left = 0

    def forward(self) -> None:
        with suppress(OSError):
            while data := self._near.recv(65_536):
                wanted = self._line.next
                if wanted and data.startswith(wanted.begins):
                    self._line.next, self._break, self._left = None, wanted, wanted.after
                if not self._pass_on(self._far, data, is_answer=False):
                    return
            self._far.shutdown(socket.SHUT_WR)

    def backward(self) -> None:
        with suppress(OSError):
            while data := self._far.recv(65_536):
                if not self._pass_on(self._near, data, is_answer=True):
                    return
            self._near.shutdown(socket.SHUT_WR)

    def _pass_on(self, to: socket.socket, data: bytes, *, is_answer: bool) -> bool:
        if self._break is None or self._break.of_answer is not is_answer:
            to.sendall(data)
            return True
        kept, self._left = data[: self._left], self._left - len(data)
        to.sendall(kept)
        if self._left > 0:
            return True
        self._line.broken += 1
        if self._break.stalls:
            self._line._ends.wait(60)
        for end in (self._near, self._far):
            end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            with suppress(OSError):
                end.shutdown(socket.SHUT_RD)  # wakes whoever reads from it
            end.close()
        return False
