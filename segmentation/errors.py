"""Every error segbot raises on purpose, each carrying the sentence a person reads.

SegbotError
├── BadInput            something a person or a file sent cannot be used
│   ├── BadSchema       the schema file is wrong: file, key, reason
│   ├── SeveralTables   an archive holds more than one
│   ├── OtherColumns    a file's header does not name the features that are needed
│   └── BadTrainingData the rows cannot make a model
├── NotAllowed          this person may not do this
│   ├── Unsafe          a version the gate objects to is not put in service without permission
│   └── LookFirst       a version that differs much is not put in service before somebody has looked
├── NotReady            it cannot be done just now; asking again later will help
│   └── NoDatabase      the shared database does not answer or refuses
├── NoModel             there is no model to answer with
├── UnknownVersion      no such model version
├── Conflict            the current version is not the one the decision was made on
└── BrokenArtifact      a stored model failed verification and was not used
"""

from __future__ import annotations

from copy import copy
from typing import Self


class SegbotError(Exception):
    """Base of all expected errors.

    Parameters
    ----------
    sentence
        What a person reads: plain, complete, with the way out.
    """

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence

    def saying(self, sentence: str) -> Self:
        """Return the same kind of error, of the same things, with another sentence."""
        other = copy(self)
        other.sentence, other.args = sentence, (sentence,)
        return other


class BadInput(SegbotError):
    """Something a person or a file sent cannot be used."""


class BadSchema(BadInput):
    """A schema file is wrong; the sentence names file, key and reason."""

    def __init__(self, file: str, key: str, reason: str) -> None:
        super().__init__(f"The schema {file} is wrong at {key}: {reason}.")
        self.file, self.key, self.reason = file, key, reason


class OtherColumns(BadInput):
    """A file's header does not name the features that are needed; its own columns may make segments all the same."""


class SeveralTables(BadInput):
    """An archive holds more than one table, and nobody has said which is meant."""


class BadTrainingData(BadInput):
    """The rows given cannot make a model."""


class NotAllowed(SegbotError):
    """The person may not do what was asked."""


class Unsafe(NotAllowed):
    """A version the gate objects to cannot be put in service; `objections` are the gate's sentences."""

    def __init__(self, sentence: str, objections: tuple[str, ...]) -> None:
        super().__init__(sentence)
        self.objections = objections


class LookFirst(NotAllowed):
    """A version that differs much from the one in service is put there only by a second, explicit step."""


class NotReady(SegbotError):
    """It cannot be done just now; asking again later will help."""


class NoDatabase(NotReady):
    """The shared database does not answer or refuses; `reason` is the kind of failure, without anybody's data."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"The shared database can't be used just now ({reason}). Please try again in a minute.")
        self.reason = reason


class NoModel(SegbotError):
    """There is no model to answer with; `candidate` is the version that waits to be promoted, if one does."""

    def __init__(self, sentence: str, candidate: str | None = None) -> None:
        super().__init__(sentence)
        self.candidate = candidate


class UnknownVersion(SegbotError):
    """The registry holds no version of that name."""


class Conflict(SegbotError):
    """The decision was about another state of the registry; `current` is the version now in service."""

    def __init__(self, sentence: str, current: str | None = None) -> None:
        super().__init__(sentence)
        self.current = current


class BrokenArtifact(SegbotError):
    """A stored model failed verification; nothing of it was used."""
