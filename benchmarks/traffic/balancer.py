"""nginx in front of replicas on this machine, with `deploy/nginx.conf` adapted from a network to loopback."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from benchmarks.traffic.ports import free_port

# The only writable folder in the container, whose file system is read-only.
WRITABLE = "/tmp/"  # noqa: S108 - the text in the configuration
CONFIGURATION = Path(__file__).parents[2] / "deploy" / "nginx.conf"


def program() -> str | None:
    """Return the path of nginx; None if it is not installed."""
    return shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")


@asynccontextmanager
async def balancing(folder: Path, ports: Sequence[int]) -> AsyncIterator[str]:
    """Run nginx in front of the replicas at these ports and yield its address; its files go into `folder`."""
    nginx = program()
    assert nginx is not None
    port = free_port()
    text = CONFIGURATION.read_text(encoding="utf-8").replace(WRITABLE, f"{folder}/")
    text = text.replace("listen 8080;", f"listen 127.0.0.1:{port};")
    for number, replica in enumerate(ports, start=1):
        text = text.replace(f"server segbot-{number}:3000 ", f"server 127.0.0.1:{replica} ")
    if os.geteuid() == 0:
        text = f"user root;\n{text}"
    path = folder / "nginx.conf"
    path.write_text(text, encoding="utf-8")
    process = await asyncio.create_subprocess_exec(
        nginx, "-p", str(folder), "-e", "stderr", "-c", str(path), "-g", "daemon off;",
        stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        await _listening(port)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        await process.wait()


async def _listening(port: int, seconds: float = 10) -> None:
    async with asyncio.timeout(seconds):
        while True:
            with contextlib.suppress(OSError):
                _, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.close()
                return
            await asyncio.sleep(0.05)
