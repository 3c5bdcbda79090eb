"""E01: what can be wrong with a document and its expressions, one function per fault.

The docstring of a function is the manual page that `fmdsl explain CODE` prints.
"""

from __future__ import annotations

from inspect import getdoc

from fmdsl.syntax.faults import document, entries, expression, files, yaml
from fmdsl.syntax.faults.document import *  # noqa: F403
from fmdsl.syntax.faults.entries import *  # noqa: F403
from fmdsl.syntax.faults.expression import *  # noqa: F403
from fmdsl.syntax.faults.files import *  # noqa: F403
from fmdsl.syntax.faults.yaml import *  # noqa: F403

_PAGES = {
    name[:5].upper(): getdoc(function) or ""
    for module in (document, yaml, files, expression, entries)
    for name, function in vars(module).items()
    if name.startswith("e0")
}

MANUAL: dict[str, str] = dict(sorted(_PAGES.items()))
