"""Places where a process can be told to die, to fail or to freeze, so that tests can do it there.

ROMASHKA_FAILPOINT holds `name:kill`, `name:raise` or `name:sleep`; without it nothing happens. The
names: during_model, after_model, before_record, after_record, before_send, after_send,
before_store_mail, before_record_mail.
"""

from __future__ import annotations

import os
import signal

FROZEN_S = 3600.0


class FailPointReached(RuntimeError):
    """Raised where ROMASHKA_FAILPOINT asks for an exception; the text is the place."""


def reach(spec: str, name: str) -> float:
    """Does what `spec` asks for at the place `name`; gives the seconds the caller has to sleep."""
    place, _, action = spec.partition(":")
    if place != name:
        return 0.0
    if action == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    if action == "raise":
        raise FailPointReached(name)
    return FROZEN_S
