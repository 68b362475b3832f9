"""Networks in a process that was forked from the one that loaded them: they still run there, but never end.

A fork copies memory, not threads. The destructor of a session of ONNX Runtime or OpenVINO waits for the threads of its
pool, which the child does not have: a child that closed a Colorizer, or only came to its end, would wait forever.
"""

import ctypes
import os
import weakref
from typing import TypeVar

Session = TypeVar("Session")
_sessions: "weakref.WeakSet[object]" = weakref.WeakSet()


def keep_in_children(session: Session) -> Session:
    """Let a native session live as long as any process that is forked from this one; it can be dropped here."""
    _sessions.add(session)
    return session


def _keep_sessions() -> None:
    # A reference more than anybody drops, the interpreter's end included.
    for session in _sessions:
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(session))


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_keep_sessions)
