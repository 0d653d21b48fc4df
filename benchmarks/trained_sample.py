"""The model that all benchmarks use: trained once per run on the synthetic sample, in a temporary registry."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from segmentation.registry.registry import Registry
from segmentation.schema_data import default_schema
from segmentation.training.samples.mall import sample_customers
from segmentation.training.train import Trained, train


@dataclass(frozen=True, slots=True)
class TrainedSample:
    """A trained model, and the folder of the registry in which it is in service.

    Parameters
    ----------
    trained
        The model with the scikit-learn pipelines that it was made from.
    folder
        A temporary folder for the registry, the state and files that benchmarks write.
    """

    trained: Trained
    folder: Path

    @property
    def environment(self) -> Mapping[str, str]:
        """The environment for a segbot process that serves this model: inherited, except for all settings of segbot."""
        inherited = {key: value for key, value in os.environ.items() if not key.startswith(("SEGBOT_", "SLACK_"))}
        return inherited | {
            "SEGBOT_MODELS_DIR": str(self.folder / "models"),
            "SEGBOT_STATE_DIR": str(self.folder / "var"),
        }


@contextmanager
def trained_sample() -> Iterator[TrainedSample]:
    """Train on the sample and put the model in service; remove everything afterwards."""
    with TemporaryDirectory(prefix="segbot-benchmarks-") as name:
        folder = Path(name)
        trained = train(sample_customers(), default_schema(), synthetic=True)
        registry = Registry.open(folder / "models", folder / "var")
        version = registry.save(trained, actor="benchmarks", source="200 synthetic sample customers")
        registry.promote(version, actor="benchmarks")
        yield TrainedSample(trained, folder)


def segbot_command() -> str:
    """Return the `segbot` command installed beside the Python that runs this.

    Raises
    ------
    FileNotFoundError
        When the project is not installed there.
    """
    command = Path(sys.executable).with_name("segbot")
    if not command.is_file():
        raise FileNotFoundError(f"There is no segbot command beside {sys.executable}: install the project there first.")
    return str(command)
