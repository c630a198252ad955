"""A pytest plugin (-p linkage.notebooks.pytest_warm) with which nbval's kernels need no start: they are forked.

Each notebook has a kernel of its own as before; what it imports is there already. Where no fork is possible, or
LINKAGE_COLD_KERNELS is set, nbval starts its kernels as ever.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from linkage.notebooks.forking import Forkery
from linkage.notebooks.pytest_quick import load_nbformat
from linkage.notebooks.warm import can_fork

if TYPE_CHECKING:
    import pytest

load_nbformat()
_OPEN: list[Forkery] = []


def pytest_collection_finish(session: pytest.Session) -> None:
    """Start the imports where there are notebooks to run, while other tests still do."""
    controls = getattr(session.config.option, "numprocesses", None) and not hasattr(
        session.config, "workerinput"
    )
    if can_fork() and not controls and any(item.path.suffix == ".ipynb" for item in session.items):
        _OPEN.append(Forkery().__enter__())
        _use(_OPEN[0])


def pytest_unconfigure(config: pytest.Config) -> None:
    while _OPEN:
        _OPEN.pop().__exit__()


def _use(forkery: Forkery) -> None:
    import nbval.kernel

    nbval.kernel.KernelManager = manager_from(forkery)


def manager_from(forkery: Forkery) -> type:
    """A kernel manager class whose kernels are forked; an ordinary one's where that fails."""
    from jupyter_client.manager import KernelManager
    from jupyter_client.provisioning import LocalProvisioner
    from jupyter_core.utils import run_sync

    class ForkProvisioner(LocalProvisioner):
        async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> Any:
            kernel = forkery.start(
                cmd[cmd.index("-f") :], kwargs.get("env") or {}, str(kwargs.get("cwd") or ".")
            )
            if kernel is None:
                return await super().launch_kernel(cmd, **kwargs)
            self.process, self.pid, self.pgid = kernel, kernel.pid, None
            return self.connection_info

    class WarmKernelManager(KernelManager):
        async def _async_pre_start_kernel(self, **kwargs: Any) -> Any:
            if self.provisioner is None:
                given = {"kernel_id": self.kernel_id or "", "kernel_spec": self.kernel_spec, "parent": self}
                self.provisioner = ForkProvisioner(**given)
            return await super()._async_pre_start_kernel(**kwargs)

        pre_start_kernel = run_sync(_async_pre_start_kernel)

    return WarmKernelManager
