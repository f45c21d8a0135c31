"""Runs an application on a port: in front, in several processes, or in a thread beside the caller."""

import asyncio
import contextlib
import os
import signal
import socket
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, TypeVar

from services.cli.messages import Refusal

T = TypeVar("T")

GRACE_SECONDS = 3
"""How long requests under way may take to end once we are told to stop."""
KEEP_ALIVE_SECONDS = 75
BACKLOG = 2048
START_SECONDS = 120


def listen(host: str, port: int) -> socket.socket:
    """Take a port (0: a free one). Raises :class:`Refusal` if it is taken or not to be had.

    It is taken before anything else is started, and listened at from now on, so that nobody else can get it.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, protocol)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
            listener.listen(BACKLOG)
        except OSError:
            listener.close()
            raise
    except OSError as error:
        raise Refusal(
            f"无法在 {host}:{port} 监听({error.strerror});可能已被占用,请用 --port 另选端口 / "
            f"cannot listen at {host}:{port} ({error.strerror}): if another program has it, choose another port with "
            "--port"
        ) from error
    return listener


def address_of(listener: socket.socket) -> str:
    """The address at which this machine reaches ``listener``."""
    host, port = listener.getsockname()[:2]
    reachable = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104
    return f"http://{reachable}:{port}"


def server_config(app: Any, **more: Any) -> Any:
    """Uvicorn's configuration of every server of ours.

    ``X-Forwarded-For`` is believed of the proxies in ``ONECODE_TRUSTED_PROXIES`` only (this machine, by default).
    """
    import uvicorn  # noqa: PLC0415 - not needed for --help

    from services.cli.inbound import BoundedProtocol  # noqa: PLC0415

    return uvicorn.Config(
        app,
        loop="uvloop",
        http=BoundedProtocol,
        ws="none",
        lifespan="on",
        access_log=False,
        log_config=None,
        server_header=False,
        forwarded_allow_ips=os.environ.get("ONECODE_TRUSTED_PROXIES", "127.0.0.1,::1"),
        timeout_graceful_shutdown=GRACE_SECONDS,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        **more,
    )


def serve(app: Any, listener: socket.socket, *, ready: Callable[[], None]) -> None:
    """Serve ``app`` until SIGINT or SIGTERM; call ``ready`` once it answers. Raises :class:`Refusal` if it cannot."""
    import uvicorn  # noqa: PLC0415

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets=sockets)
            if self.started:
                ready()
            from services.kit.process import rest_garbage_collection  # noqa: PLC0415 - not needed for --help

            rest_garbage_collection()

    with _no_start_is_a_refusal():
        Server(server_config(app)).run(sockets=[listener])


def serve_in_workers(factory: str, listener: socket.socket, workers: int, *, ready: Callable[[], None]) -> None:
    """Serve what ``factory`` (``module:function``) makes in so many processes, until SIGINT or SIGTERM."""
    from uvicorn.supervisors import Multiprocess  # noqa: PLC0415

    from services.kit.process import rest_garbage_collection  # noqa: PLC0415 - not needed for --help

    class Workers(Multiprocess):
        def init_processes(self) -> None:
            super().init_processes()
            if all(process.wait_until_ready(START_SECONDS) for process in self.processes):
                ready()

    rest_garbage_collection()
    Workers(server_config(factory, factory=True, workers=workers), sockets=[listener]).run()


@contextmanager
def served_beside(app: Any, listener: socket.socket) -> Iterator[None]:
    """Serve ``app`` in a thread while the block lasts."""
    import uvicorn  # noqa: PLC0415

    answering = threading.Event()

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets=sockets)
            answering.set()

    server = Server(server_config(app))

    def run() -> None:
        with contextlib.suppress(SystemExit):  # uvicorn's way to say that the application did not start
            server.run(sockets=[listener])
        answering.set()

    thread = threading.Thread(target=run, name="server", daemon=True)
    thread.start()
    try:
        answering.wait(START_SECONDS)
        if not server.started:
            raise Refusal("服务未能启动,原因见上 / The services did not start; the reason is above")
        yield
    finally:
        server.should_exit = True
        thread.join()


@contextmanager
def _no_start_is_a_refusal() -> Iterator[None]:
    try:
        yield
    except SystemExit as end:
        if end.code:
            raise Refusal("服务未能启动,原因见上 / The services did not start; the reason is above") from None
        raise
    except KeyboardInterrupt:
        pass  # uvicorn has stopped in good order, and passes the signal on


@contextmanager
def ended_by_signals() -> Iterator[None]:
    """Let SIGTERM end the block as Ctrl-C does, quietly; from then on neither disturbs what is done to end in order."""

    def interrupt(_signal: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = {kind: signal.signal(kind, interrupt) for kind in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    except KeyboardInterrupt:
        pass
    finally:
        for kind, handler in before.items():
            signal.signal(kind, handler)


def run_cancellable(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine; SIGINT and SIGTERM cancel it, and end in KeyboardInterrupt, instead of raising wherever it is.

    An exception that comes out of nothing while the database driver reads an answer can crash its C code.
    """

    async def cancellable() -> T:
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        if threading.current_thread() is threading.main_thread():
            for kind in before:
                loop.add_signal_handler(kind, lambda: task and task.cancel())
        return await work

    before = {kind: signal.getsignal(kind) for kind in (signal.SIGINT, signal.SIGTERM)}
    try:
        return asyncio.run(cancellable())
    except asyncio.CancelledError:
        raise KeyboardInterrupt from None
    finally:
        if threading.current_thread() is threading.main_thread():
            for kind, handler in before.items():
                signal.signal(kind, handler)


def ignore_signals() -> None:
    """Do not let another Ctrl-C interrupt the end."""
    for kind in (signal.SIGINT, signal.SIGTERM):
        signal.signal(kind, signal.SIG_IGN)
