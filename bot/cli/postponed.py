"""Libraries that are loaded when something of theirs is first used, not when they are imported.

`segbot score` needs neither Polars nor numpy for the rows of an ordinary file, and loading them takes longer than
scoring a hundred thousand.
"""

from __future__ import annotations

import sys
from importlib.machinery import ModuleSpec
from importlib.util import find_spec, module_from_spec
from threading import RLock
from types import ModuleType
from typing import Final

# What `import` and `isinstance` look up: no use yet.
_LOOKED_UP_BEFORE_USE: Final = frozenset({"__spec__", "__class__"})
_loading: Final = RLock()


class _Postponed(ModuleType):
    """A module whose code has not run yet: the thread that first uses it runs it, while all others wait.

    `importlib.util.LazyLoader` does not let the others wait before Python 3.12.
    """

    def __getattribute__(self, name: str) -> object:
        if name not in _LOOKED_UP_BEFORE_USE:
            with _loading:
                spec: ModuleSpec = object.__getattribute__(self, "__spec__")
                # While it runs, the module uses itself.
                if spec.loader is not None and spec.loader_state is None:
                    spec.loader_state = "running"
                    spec.loader.exec_module(self)
                    object.__setattr__(self, "__class__", ModuleType)
        return object.__getattribute__(self, name)


def postpone(*names: str) -> None:
    """Postpone the loading of modules, unless they are loaded already or there are none of that name."""
    for name in names:
        if name not in sys.modules and (spec := find_spec(name)) is not None:
            module = module_from_spec(spec)
            object.__setattr__(module, "__class__", _Postponed)
            sys.modules[name] = module
