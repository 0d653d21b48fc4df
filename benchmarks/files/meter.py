"""Runs a command, and prints what it took as JSON: `python -I -S meter.py OUTPUT COMMAND …`; its output goes to a file.

It is a small process of its own: a command's peak memory counts what the process that starts it has in memory.
"""

from __future__ import annotations

import json
import os
import sys
import time


def main(output: str, *command: str) -> None:
    """Run one command to its end."""
    with open(output, "wb") as file:  # noqa: PTH123 - pathlib would be memory of the command's
        started = time.perf_counter()
        process = os.posix_spawn(
            command[0], command, os.environ, file_actions=[(os.POSIX_SPAWN_DUP2, file.fileno(), 1)]
        )
        _, status, used = os.wait4(process, 0)
        seconds = time.perf_counter() - started
    taken = {"seconds": seconds, "cpu": used.ru_utime + used.ru_stime, "peak": used.ru_maxrss / 1024}
    print(json.dumps({"code": os.waitstatus_to_exitcode(status), **taken}))


if __name__ == "__main__":
    main(*sys.argv[1:])
