"""Kernels that need no start: forked from a process that has imported everything already.

Only where a fork is safe: on Linux, from a process without threads and without a database.
"""

from __future__ import annotations

import ctypes
import gc
import json
import os
import pkgutil
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from typing import Any

from linkage.memory import code_hash
from linkage.notebooks.quick import compile_schema, load_nbformat

STACK = (
    "numpy",
    "pandas",
    "pyarrow",
    "pyarrow.dataset",
    "pyarrow.vendored.version",
    "duckdb",
    "formulaic",
    "scipy.stats",
    "statsmodels.genmod.generalized_linear_model",
    "statsmodels.discrete.discrete_model",
    "statsmodels.stats.multitest",
    "matplotlib.figure",
    "matplotlib.backends.backend_svg",
    "matplotlib_inline.backend_inline",
    "papermill",
    "nbclient",
    "ipykernel.kernelapp",
    "ipykernel.ipkernel",
    "ipykernel.debugger",
    "ipykernel.kernelspec",
    "IPython.core.debugger",
    "IPython.core.logger",
    "IPython.core.completerlib",
    "IPython.extensions.storemagic",
    "sqlite3",
    "zmq.utils.garbage",
    "encodings.utf_8_sig",
    "faulthandler",
    "IPython.core.oinspect",
    "pandas.io.formats.html",
    "pandas.io.formats.string",
    "pandas.core.methods.to_dict",
    "pandas.core.reshape.reshape",
    "pyarrow.pandas_compat",
    "tzdata",
    "tornado.platform.asyncio",
    "jupyter_client.manager",
)
"""What most notebooks and every kernel import. pyfixest is left to the few that fit within effects: it brings libraries
of tables and pictures along, which each fork would have to copy the page tables of."""

NOT_FOR_NOTEBOOKS = ("cli", "demo", "exports", "notebooks", "profiling", "proposing", "report", "reviewing")
DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG


def can_fork() -> bool:
    """macOS has fork, but its system libraries do not survive one."""
    return sys.platform == "linux" and hasattr(os, "fork") and not os.environ.get("LINKAGE_COLD_KERNELS")


def import_stack() -> None:
    """Import what notebooks import. What is missing or broken breaks in the notebook that needs it.

    What is imported stays: the collector need not walk through it while it grows, nor in a forked process, which
    would also copy every page of it.
    """
    gc.disable()
    load_nbformat()
    for name in [*STACK, *_own_modules()]:
        with suppress(Exception):
            import_module(name)
    compile_schema()
    _draw_once()
    _find_provisioners()
    code_hash()
    gc.collect()
    gc.freeze()
    gc.enable()


def _draw_once() -> None:
    """The first picture of a process reads the font and its widths."""
    from linkage.plots import picture

    picture(lambda figure: figure.subplots().set_title("0"), "")


def _find_provisioners() -> None:
    """The first kernel a process starts looks through every installed package for other ways to start one."""
    from jupyter_client.provisioning import KernelProvisionerFactory

    KernelProvisionerFactory.instance()


def _own_modules() -> list[str]:
    import linkage

    found = pkgutil.walk_packages(linkage.__path__, "linkage.", onerror=lambda name: None)
    return [m.name for m in found if m.name.split(".")[1] not in NOT_FOR_NOTEBOOKS]


def is_single_threaded() -> bool:
    return len(os.listdir("/proc/self/task")) == 1


def end_with_parent() -> None:
    """A killed report must not leave kernels behind (Linux only; elsewhere they end with their notebook)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(DIE_WITH_PARENT, signal.SIGKILL)


def fork_kernel() -> ForkedKernel | None:
    """A child that waits to become a kernel; None where the fork fails. Call it before any thread is started."""
    if not (can_fork() and is_single_threaded()):
        return None
    reader, writer = os.pipe()
    try:
        pid = os.fork()
    except OSError:
        os.close(reader)
        os.close(writer)
        return None
    if pid == 0:
        os.close(writer)
        run_child(lambda: _become_kernel(reader))
    os.close(reader)
    return ForkedKernel(pid, writer)


def run_child(work: Callable[[], None]) -> None:
    """A forked child never returns into its parent's code."""
    code = 1
    try:
        end_with_parent()
        work()
        code = 0
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _become_kernel(reader: int) -> None:
    with os.fdopen(reader) as stream:
        asked = stream.read()
    if asked:
        launch = json.loads(asked)
        become_kernel(launch["arguments"], launch["environment"])


def become_kernel(arguments: list[str], environment: dict[str, str]) -> None:
    """Serve as the kernel of one notebook, in a session of its own, until told to end."""
    os.setsid()
    os.environ.update(environment)
    from ipykernel.kernelapp import IPKernelApp

    sys.argv = ["ipykernel_launcher", *arguments]
    application = IPKernelApp.instance()
    application.initialize(arguments)
    application.start()


class KernelProcess:
    """A kernel's process, with as much of subprocess.Popen as a kernel provisioner uses."""

    stdin = stdout = stderr = None

    def __init__(self, pid: int):
        self.pid = pid
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """None while it runs. How another process's child ended only its parent knows, who does not keep it."""
        if self.returncode is None:
            try:
                os.kill(self.pid, 0)
            except ProcessLookupError:
                self.returncode = 0
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        end = None if timeout is None else time.monotonic() + timeout
        while self.poll() is None:
            if end is not None and time.monotonic() > end:
                raise TimeoutError(f"the kernel {self.pid} did not end")
            time.sleep(0.02)
        return self.returncode or 0

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


class ForkedKernel(KernelProcess):
    """Our own child, which waits to be told what to run."""

    def __init__(self, pid: int, writer: int):
        super().__init__(pid)
        self._writer = writer

    def start(self, arguments: list[str], environment: dict[str, str]) -> None:
        with os.fdopen(self._writer, "w") as stream:
            json.dump({"arguments": arguments, "environment": environment}, stream)

    def poll(self) -> int | None:
        if self.returncode is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.returncode = os.waitstatus_to_exitcode(status)
        return self.returncode


def manager_for(kernel: ForkedKernel) -> type:
    """A kernel manager class whose one kernel is the waiting child."""
    from queue import Empty

    from jupyter_client.asynchronous.client import AsyncKernelClient
    from jupyter_client.manager import AsyncKernelManager
    from jupyter_client.provisioning import LocalProvisioner

    class PromptClient(AsyncKernelClient):
        """Ready once the kernel has answered and its outputs arrive. The library then listens for a fifth of a
        second whether an earlier client's outputs still come; this kernel never had one."""

        async def _async_wait_for_ready(self, timeout: float | None = None) -> None:
            end = time.monotonic() + (timeout or float("inf"))
            while time.monotonic() < end and kernel.poll() is None:
                self.kernel_info()
                with suppress(Empty):
                    reply = await self.shell_channel.get_msg(timeout=1)
                    await self.iopub_channel.get_msg(timeout=0.2)
                    self._handle_kernel_info_reply(reply)
                    return
            raise RuntimeError("Kernel died, or did not answer in time")

        wait_for_ready = _async_wait_for_ready

    class ForkProvisioner(LocalProvisioner):
        async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> Any:
            kernel.start(cmd[cmd.index("-f") :], kwargs.get("env") or {})
            self.process, self.pid, self.pgid = kernel, kernel.pid, None
            return self.connection_info

    class WarmKernelManager(AsyncKernelManager):
        client_factory = PromptClient

        async def _async_pre_start_kernel(self, **kwargs: Any) -> Any:
            if self.provisioner is None:
                spec = self.kernel_spec
                self.provisioner = ForkProvisioner(
                    kernel_id=self.kernel_id or "", kernel_spec=spec, parent=self
                )
            return await super()._async_pre_start_kernel(**kwargs)

        pre_start_kernel = _async_pre_start_kernel

    return WarmKernelManager
