"""Machine code from Python functions, kept for the next process."""

from collections.abc import Callable
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, ParamSpec, TypeVar, cast

from numba import config, njit

Given = ParamSpec("Given")
Found = TypeVar("Found")

SETTINGS: Any = config  # its attributes are made from the environment
# Nobody takes the address of these functions to call them from C.
_USUAL: Any = {"no_cfunc_wrapper": True}


def compiled(function: Callable[Given, Found], **options: Any) -> Callable[Given, Found]:
    """Compile at the first call, and keep the code beside the source or in the user's cache.

    Args:
        options: numba's own.

    Numba forgets kept code when the function's own file changes, but not when a function that it calls has changed
    in another file: so the code is kept under a name made from all files of the folder. Call compiled functions of
    the same folder only.
    """
    before = SETTINGS.CACHE_DIR
    SETTINGS.CACHE_DIR = _place(Path(function.__code__.co_filename).parent)
    try:
        return cast("Callable[Given, Found]", njit(cache=True, **_USUAL, **options)(function))
    except RuntimeError:  # nowhere can be written: every process compiles for itself
        return cast("Callable[Given, Found]", njit(**_USUAL, **options)(function))
    finally:
        SETTINGS.CACHE_DIR = before


def within(function: Callable[Given, Found], **options: Any) -> Callable[Given, Found]:
    """The same for a function that only compiled functions call.

    Nothing that unpacks Python's arguments is compiled for it, which often is the larger part: to call it from Python
    ends the process.
    """
    return compiled(function, **options, no_cpython_wrapper=True)


def inlined(function: Callable[Given, Found]) -> Callable[Given, Found]:
    """Compile into each caller: for what is called in the innermost loops."""
    return cast("Callable[Given, Found]", njit(inline="always")(function))


@cache
def _place(folder: Path) -> str:
    sources = b"".join(path.read_bytes() for path in sorted(folder.glob("*.py")))
    return str(folder / "__pycache__" / f"compiled-{sha256(sources).hexdigest()[:16]}")
