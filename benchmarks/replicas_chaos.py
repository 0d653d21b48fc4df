"""Kills one of two replicas behind nginx again and again while they score files; counts lost and doubled results.

The workspace runs in this process; the replicas are real `segbot serve` processes on one PostgreSQL database. A victim
stays dead for a while, so that only the survivor can take over its jobs.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import random
import signal
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.chaos import EVENTS_PATH, HEADER, BotProcess, is_summary, statuses, uploads
from benchmarks.traffic.balancer import balancing
from benchmarks.traffic.ports import free_port
from bot.playground.delivery.courier import Timing
from bot.playground.server import Playground
from segmentation.registry.registry import Registry
from segmentation.schema_data import default_schema
from segmentation.training.samples.mall import sample_customers
from segmentation.training.train import train

KEY = "a key that both replicas share, for this run only"
SERVE = ("serve",)
ASKED = "age=35 income=60 score=70"
# Slack gives up after three retries; many more here, so that no event is lost only because a replica was down.
TIMING = Timing(retry_delays=(0.3,) * 200)


@dataclass(frozen=True)
class Result:
    """The counts of a run; the fields from `lost` on should be 0, and `slowest` below 30 s."""

    files: int
    kills: int
    redelivered: int
    commands: int
    slowest: float
    lost: int
    doubled_messages: int
    doubled_uploads: int
    wrong_rows: int
    commands_failed: int

    @property
    def clean(self) -> bool:
        """Whether nothing was lost, doubled, wrong or left unanswered, and every job was taken over in time."""
        bad = (self.lost, self.doubled_messages, self.doubled_uploads, self.wrong_rows, self.commands_failed)
        return not any(bad) and self.slowest < 30


@dataclass
class Harness:
    """A workspace, a balancer and two replicas."""

    playground: Playground
    replicas: list[BotProcess]
    rows: int
    dropped: int = 0
    commands: int = 0
    commands_failed: int = 0
    redelivered: int = 0
    waits: list[float] = field(default_factory=list)

    def drop(self) -> None:
        """Drop the next file into the channel."""
        body = "".join(f"c{i},{20 + i % 50},{10 + i % 120},{i % 100}\n" for i in range(self.rows))
        workspace = self.playground.workspace
        workspace.upload(workspace.analyst, workspace.general, f"file{self.dropped}.csv", (HEADER + body).encode())
        self.dropped += 1

    def finished(self) -> int:
        """Return the number of files that have their summary."""
        return len({job for job, text in statuses(self.playground) if is_summary(text)})

    async def finish(self, seconds: float) -> float:
        """Wait until every file dropped so far is finished, or the time is up; return the seconds it took."""
        started = time.monotonic()
        with contextlib.suppress(TimeoutError):
            await self.playground.workspace.wait_until(lambda: self.finished() >= self.dropped, seconds)
        return time.monotonic() - started

    async def shown(self, seconds: float = 10) -> None:
        """Wait until Slack has nothing more to deliver and shows every result, or the time is up."""
        await self.playground.deliver.settle()
        with contextlib.suppress(TimeoutError):
            await self.playground.workspace.wait_until(
                lambda: uploads(self.playground, self.rows)[0] >= self.dropped, seconds
            )

    async def ask(self) -> None:
        """Call `/segment` until cancelled, as people would meanwhile."""
        while True:
            reply = await self.playground.deliver.command("/segment", ASKED)
            self.commands += 1
            if "confidence" not in str(reply.body):
                self.commands_failed += 1
                sys.stderr.write(f"a command failed: {reply.status} {reply.problem} after {reply.elapsed:.2f} s\n")
            await asyncio.sleep(0.2)

    async def redeliver(self, times: int, rng: random.Random) -> None:
        """Send past events once more; nginx spreads them over the replicas."""
        workspace = self.playground.workspace
        past = await workspace.wait_until(
            lambda: [one for one in workspace.deliveries if one.kind == "event" and not one.problem]
        )
        for delivery in rng.choices(past, k=times):
            await self.playground.deliver.redeliver(delivery)
            self.redelivered += 1


@contextlib.asynccontextmanager
async def harness(
    folder: Path,
    url: str,
    program: Sequence[str] | None,
    rows: int,
    arguments: Sequence[Sequence[str]] = (SERVE, SERVE),
) -> AsyncIterator[Harness]:
    """Start everything with a model in service; stop it all at the end."""
    await asyncio.to_thread(put_model_in_service, folder, url)
    ports = [free_port(), free_port()]
    async with Playground(timing=TIMING) as playground, balancing(folder, ports) as address:
        playground.deliver.request_url = f"{address}{EVENTS_PATH}"
        replicas = [
            BotProcess(
                {
                    **playground.settings_env(),
                    "SEGBOT_DATABASE_URL": url,
                    "SEGBOT_SIGNING_KEY": KEY,
                    "SEGBOT_STATE_DIR": str(folder / f"state{number}"),
                },
                port,
                program,
                arguments[number],
            )
            for number, port in enumerate(ports)
        ]
        try:
            await asyncio.gather(*(one.start() for one in replicas))
            yield Harness(playground, replicas, rows)
        finally:
            await asyncio.gather(*(one.end(signal.SIGTERM) for one in replicas if one.alive))


def put_model_in_service(folder: Path, url: str) -> None:
    """Train on the sample and promote the model in the shared database."""
    address = url.replace("postgresql+psycopg://", "postgresql://", 1)
    registry = Registry.open(folder / "none", folder / "cache", KEY, address)
    version = registry.save(train(sample_customers(), default_schema(), synthetic=True), actor="chaos", source="sample")
    registry.promote(version, actor="chaos")


@dataclass(frozen=True)
class Plan:
    """The plan of a run.

    Parameters
    ----------
    files, kills, redelivered
        Number of each; files and redelivered events are spread over the kills.
    rest
        Minimum seconds for which a victim stays dead.
    seed
        Decides the victims and the instants.
    victims
        Indices of the replicas to kill, in turn; random if empty.
    """

    files: int = 60
    kills: int = 20
    redelivered: int = 200
    rest: float = 60.0
    seed: int = 0
    victims: tuple[int, ...] = ()


async def run(
    folder: Path,
    url: str,
    plan: Plan,
    program: Sequence[str] | None = None,
    arguments: Sequence[Sequence[str]] = (SERVE, SERVE),
) -> Result:
    """Drop a group of files for each kill; kill a replica meanwhile, and let the other one finish.

    Parameters
    ----------
    url
        An empty PostgreSQL database, as `SEGBOT_DATABASE_URL` has it.
    program, arguments
        What to run instead of the installed `segbot`, and the rest of each replica's command line.
    """
    rng = random.Random(plan.seed)

    def share(whole: int, kill: int) -> int:
        return whole * (kill + 1) // plan.kills - whole * kill // plan.kills

    async with harness(folder, url, program, 200, arguments) as running:
        asking = asyncio.create_task(running.ask())
        for kill in range(plan.kills):
            chosen = plan.victims[kill % len(plan.victims)] if plan.victims else rng.randrange(2)
            victim = running.replicas[chosen]
            killed = time.monotonic()
            for _ in range(share(plan.files, kill)):
                running.drop()
                await asyncio.sleep(rng.uniform(0, 0.4))
            await victim.end(signal.SIGKILL)
            await running.redeliver(share(plan.redelivered, kill), rng)
            running.waits.append(await running.finish(60))
            await asyncio.sleep(max(0.0, plan.rest - (time.monotonic() - killed)))
            await victim.start()
        await running.shown()
        asking.cancel()
        return _count(running, plan.files, plan.kills)


def _count(running: Harness, files: int, kills: int) -> Result:
    known = statuses(running.playground)
    finished = {job for job, text in known if is_summary(text)}
    results, names, wrong = uploads(running.playground, running.rows)
    return Result(
        files=files,
        kills=kills,
        redelivered=running.redelivered,
        commands=running.commands,
        slowest=round(max(running.waits), 1),
        lost=files - min(len(finished), names),
        doubled_messages=len(known) - len({job for job, _ in known}),
        doubled_uploads=results - names,
        wrong_rows=wrong,
        commands_failed=running.commands_failed,
    )


def main() -> None:
    """Run from the command line and print the counts."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.replicas_chaos", description=__doc__)
    parser.add_argument("--database", required=True, help="an empty database: postgresql+psycopg://…")
    parser.add_argument("--files", type=int, default=Plan.files)
    parser.add_argument("--kills", type=int, default=Plan.kills)
    parser.add_argument("--redelivered", type=int, default=Plan.redelivered)
    parser.add_argument("--rest", type=float, default=Plan.rest, help="seconds a victim stays dead")
    parser.add_argument("--seed", type=int, default=Plan.seed)
    options = parser.parse_args()
    plan = Plan(options.files, options.kills, options.redelivered, options.rest, options.seed)
    with tempfile.TemporaryDirectory() as folder:
        result = asyncio.run(run(Path(folder), options.database, plan))
    sys.stdout.write(f"{result}\n")
    sys.exit(0 if result.clean else 1)


if __name__ == "__main__":
    main()
