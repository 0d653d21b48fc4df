"""What `/metrics` reports: counts and durations, never a value or a name."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest


class Metrics:
    """One process's metrics, in a registry of its own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.commands = Counter(
            "segbot_commands", "Slash commands answered", ["command", "outcome"], registry=self.registry
        )
        self.errors = Counter("segbot_errors", "Unexpected errors", registry=self.registry)
        self.rejected = Counter(
            "segbot_rejected_requests", "Requests refused before Bolt saw them", ["reason"], registry=self.registry
        )
        self.answer_seconds = Histogram(
            "segbot_answer_seconds",
            "Time from a verified request to its answer",
            buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 3),
            registry=self.registry,
        )
        self.model_ready = Gauge("segbot_model_ready", "1 while a model is in service", registry=self.registry)

    def render(self) -> bytes:
        """Return the text exposition format."""
        return generate_latest(self.registry)
