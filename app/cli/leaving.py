"""How gunicorn ends here: whoever has knocked is let in, then the door is shut, then everybody is served.

By itself it leaves the port open for seconds while nobody answers there, and drops who came meanwhile. Behind a proxy
with several nodes each restart would lose requests by that, instead of sending them to another node.
"""

from __future__ import annotations

import errno
import multiprocessing
import socket
from contextlib import suppress

from gunicorn.arbiter import Arbiter
from gunicorn.workers.gthread import ThreadWorker

MANY = 4096
"""More than can have knocked at once."""
_leaving = multiprocessing.get_context("fork").RawValue("b", 0)
"""Whether all processes end, not one of them: seen by all that are forked from here."""


class LeavingArbiter(Arbiter):  # type: ignore[misc]  # gunicorn is untyped
    """The process above those that serve."""

    def stop(self, graceful: bool = True) -> None:  # noqa: FBT001, FBT002 -- its signature
        _leaving.value = 1
        super().stop(graceful)


class LeavingWorker(ThreadWorker):  # type: ignore[misc]  # as above
    """A process that serves."""

    def set_accept_enabled(self, enabled: bool) -> None:  # noqa: FBT001 -- its signature
        if not enabled and not self.alive and _leaving.value:
            for listener in self.sockets:
                self._shut(listener)
        super().set_accept_enabled(enabled)

    def accept(self, listener: socket.socket) -> None:
        try:
            super().accept(listener)
        except OSError as refused:
            if refused.errno != errno.EINVAL:  # another process has shut the door; our own order is on its way
                raise

    def _shut(self, listener: socket.socket) -> None:
        """Let in who has knocked, then refuse at once, so that a proxy asks another node."""
        for _ in range(MANY):
            before = self.nr_conns
            self.accept(listener)
            if self.nr_conns == before:
                break
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
