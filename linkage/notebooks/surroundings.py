"""What a kernel sees of the computer: the same on every run, whoever runs it."""

from __future__ import annotations

import os
from pathlib import Path

from linkage.project import cache_folder, project_root

PRIVATE = {
    "JUPYTER_RUNTIME_DIR": "runtime",
    "JUPYTER_DATA_DIR": "data",
    "JUPYTER_CONFIG_DIR": "config",
    "IPYTHONDIR": "ipython",
}
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
FIT_TO_FORK = {
    **dict.fromkeys(THREADS, "1"),
    "JE_ARROW_MALLOC_CONF": "background_thread:false",  # pyarrow's, which would forbid a fork
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",  # else the debugger, which nobody asked for, warns of frozen modules
}


def stack_environment() -> dict[str, str]:
    """For a process that imports what notebooks import: this project and this package, and one thread for linear
    algebra, since a sum split over threads has other last digits."""
    package = Path(__file__).resolve().parents[2]
    paths = [str(package), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {
        **os.environ,
        **FIT_TO_FORK,
        "LINKAGE_HOME": str(project_root()),
        "LINKAGE_CACHE": str(cache_folder()),
        "PYTHONPATH": os.pathsep.join(paths),
        "PYTHONUTF8": "1",
    }


def kernel_environment(scratch: Path) -> dict[str, str]:
    """For a kernel: the same, and nothing of the user's own Jupyter settings and IPython start-up files.

    scratch : a folder for what Jupyter wants to write.
    """
    return {**stack_environment(), **{name: str(scratch / folder) for name, folder in PRIVATE.items()}}
