"""Metrics: counts and durations, one registry a process."""

from __future__ import annotations

from bot.metrics import Metrics


def test_two_bots_in_one_process_count_apart() -> None:
    one, other = Metrics(), Metrics()
    one.commands.labels("/segment", "scored").inc()
    assert b'segbot_commands_total{command="/segment",outcome="scored"} 1.0' in one.render()
    assert b"segbot_commands_total{" not in other.render()
