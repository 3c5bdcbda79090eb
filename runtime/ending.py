"""How a process of several ends: at once, since its interpreter cannot be taken down safely."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import NoReturn


def in_company() -> bool:
    """Whether torchrun, or another launcher, started this process with others."""
    return int(os.environ.get("WORLD_SIZE", "1")) > 1


def end(code: int) -> NoReturn:
    """Ends this process with `code`, what it printed written out.

    A thread of the process group may still let go of the last tensor it sent. That tensor
    belongs to Python, so the thread asks for the interpreter; while one is being taken down,
    CPython answers by unwinding the thread, and a C++ destructor that unwinds aborts the
    process (`terminate called without an active exception`). A process that ends at once
    takes nothing down.
    """
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):  # whoever read it has gone
            stream.flush()
    os._exit(code)
