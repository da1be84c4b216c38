"""Says of a name in a pickle that it is refused, and what to do."""

from __future__ import annotations

from typing import NoReturn

from shared.intake.closed.refusal import NO_PATHS, ONLY_ARRAYS, SAVE_ARRAYS, quoted, refuse

_RUNNERS = frozenset("""
    __builtin__ asyncio builtins bdb code codeop commands ctypes idlelib importlib io
    _io marshal multiprocessing nt ntpath operator _operator os pathlib pdb pickle _pickle pip
    platform posix posixpath profile pty pydoc runpy shutil site smtplib socket subprocess sys
    tempfile timeit trace types urllib webbrowser zipimport
    """.split())
_LIBRARIES = {
    "PIL": "Pillow",
    "jax": "JAX",
    "joblib": "joblib",
    "pandas": "pandas",
    "sklearn": "scikit-learn",
    "tensorflow": "TensorFlow",
    "torch": "PyTorch",
    "torchvision": "PyTorch",
}


def refuse_name(module: str, name: str) -> NoReturn:
    """Refuse a name that no honest file of arrays has.

    Raises:
        Refused: always; its hint tells files that would run code from those of other libraries.
    """
    top = module.partition(".")[0]
    hint = SAVE_ARRAYS
    if top == "pathlib" and name.endswith("Path"):
        hint = NO_PATHS
    elif top in _RUNNERS:
        hint = "the file may try to run code: do not open it with pickle.load either"
    elif top in _LIBRARIES:
        hint = f"it holds objects of {_LIBRARIES[top]}; {SAVE_ARRAYS}"
    refuse("pickle asks for a forbidden name", ONLY_ARRAYS, quoted(f"{module}.{name}"), hint=hint)
