"""What a training process does: it trains and saves a candidate, or looks at a file whose columns nobody knows."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from bot.jobs.files.orders import is_of_orders
from bot.jobs.files.other_columns import OtherFile, look_for_setup
from bot.jobs.retrains.training_request import TrainingRequest
from bot.records.failure import disk_sentence, parts_of
from bot.settings import Settings
from segmentation.errors import BadInput, NoDatabase, OtherColumns, SegbotError
from segmentation.orders.answers import OrderAnswers
from segmentation.reading.ids.order_lines import ORDERS_ADVICE
from segmentation.reading.questions import Question
from segmentation.reading.table import DEFAULT_LIMITS

if TYPE_CHECKING:
    from segmentation.registry.registry import Registry
    from segmentation.schema import Schema
    from segmentation.versions.retraining import Run
    from segmentation.warehouse.address import Address

# How long to wait for a database that is away when the training is done: training again would take longer.
PATIENCE_SECONDS: Final = 300.0
NO_MEMORY: Final = "This server has too little memory to train on that many customers. Try a smaller file."
LOOKING: Final = "Looking at its columns"
CHANGED: Final = "The file no longer has the columns that were set up."
SCHEMA_IS_SET: Final = (
    "The setting SEGBOT_SCHEMA states which columns segments are made of. To set them up here instead, the person who "
    "runs segbot has to take it out."
)

Send = Callable[[dict[str, str]], None]


def work(request: TrainingRequest, settings: Settings, send: Send) -> None:
    """Train and save; say each step, then the version, or why there is none."""
    from segmentation.registry.registry import Registry  # noqa: PLC0415 - the process that answers does without

    try:
        if request.looks:
            _look(request, settings, send)
            return
        if request.checks:
            _check(request, settings, send)
            return
        registry = Registry.open(
            settings.models_dir, settings.state_dir, settings.signing_key, settings.database_address
        )
        run = _run(request, settings, registry, send)
    except NoDatabase as error:
        send({"later": error.sentence})
    except Question as question:
        _ask(question, question.asked, send)
    except OtherColumns as refusal:
        _refuse_columns(refusal, request, settings, send)
    except SegbotError as error:
        # An unwritable folder is not the file's fault either.
        of_the_file = isinstance(error, BadInput) and not isinstance(error.__cause__, OSError)
        send({"refusal" if of_the_file else "failure": _for_the_channel(error.sentence, request, settings)})
    except MemoryError:
        send({"failure": NO_MEMORY})
    except OSError as error:
        send({"failure": disk_sentence(error)})
    else:
        send({"version": run.version})


def _run(request: TrainingRequest, settings: Settings, registry: Registry, send: Send) -> Run:
    """Train on the request's file or table; on the customers of a file that turns out to list orders."""
    options: dict[str, Any] = {
        "k": request.k,
        "seed": request.seed,
        "actor": request.actor,
        "note": request.note,
        "progress": lambda step: send({"step": step}),
        "thresholds": settings.thresholds,
        "keep": settings.keep_versions,
        "run": request.run,
        "origin": request.origin,
        "patience": PATIENCE_SECONDS,
    }
    schema = _schema(request, settings)
    if request.orders:
        return _trainer_on_orders(request)(registry, schema, **options)
    try:
        return _trainer(request, settings)(registry, schema, **options)
    except OtherColumns as refusal:
        stated = bool(request.table or request.schema or settings.schema_path is not None)
        if stated or not is_of_orders(_file(request), refusal.sentence):
            raise
    return _trainer_on_orders(request)(registry, schema, **options)


def _trainer_on_orders(request: TrainingRequest) -> Callable[..., Run]:
    from segmentation.versions.order_training import train_orders  # noqa: PLC0415 - loads scikit-learn

    source = Path(request.source)
    return partial(train_orders, source, answers=OrderAnswers.parse(request.answers), scratch=source.parent)


def _trainer(request: TrainingRequest, settings: Settings) -> Callable[..., Run]:
    """Return what trains on the request's file or table."""
    from segmentation.versions.retraining import train_file, train_table  # noqa: PLC0415 - loads scikit-learn

    if not request.table:
        answers = OrderAnswers.parse(request.answers).file
        flexible = settings.schema_path is None and not request.schema
        return partial(train_file, Path(request.source), answers=answers, or_schema_in_service=flexible)
    return partial(train_table, _address(request, settings))


def _address(request: TrainingRequest, settings: Settings) -> Address:
    """Return the address of the request's table."""
    if request.table not in settings.tables:
        raise BadInput(f"No table is called {request.table} any more: it was taken out of SEGBOT_TABLES.")
    return settings.tables[request.table]


def _schema(request: TrainingRequest, settings: Settings) -> Schema:
    """Return the schema to train with."""
    from segmentation.schema_data import load_schema, schema_from_data  # noqa: PLC0415 - only where trained

    return schema_from_data(request.schema) if request.schema else load_schema(settings.schema_path)


def _check(request: TrainingRequest, settings: Settings, send: Send) -> None:
    """Count the table, and say what was counted beside what the model in service was trained on.

    Raises
    ------
    SegbotError
        As for `check_table`, or without a model in service.
    """
    from segmentation.registry.registry import Registry  # noqa: PLC0415 - the process that answers does without
    from segmentation.watching.counting import check_table  # noqa: PLC0415 - loads Ibis

    registry = Registry.open(settings.models_dir, settings.state_dir, settings.signing_key, settings.database_address)
    model = registry.load_serving().model
    checked = check_table(_address(request, settings), model, registry.manifest(model.version))
    send({"checked": json.dumps(checked.to_data())})


def _look(request: TrainingRequest, settings: Settings, send: Send, refusal: str = "") -> None:
    """Look at the file, and say what it holds and what segments could be set up from it; `refusal` comes last.

    Raises
    ------
    Question, BadInput, OSError
        As for `look_for_setup`; BadInput also if the settings state which columns there are.
    """
    if settings.schema_path is not None:
        raise BadInput(SCHEMA_IS_SET)
    send({"step": LOOKING})
    setup = look_for_setup(_file(request))
    said = f"{setup.seen} {setup.suggestion}"
    if refusal:
        said += f" I couldn't train on the file as it is. {refusal}"
    send({"refusal": said, "setup": json.dumps(setup.to_data())})


def _refuse_columns(refusal: OtherColumns, request: TrainingRequest, settings: Settings, send: Send) -> None:
    """Refuse a file that lacks the columns to train on, and say what could be set up from those it has."""
    if request.schema:
        send({"refusal": f"{CHANGED} {refusal.sentence}"})
        return
    sentence = _for_the_channel(refusal.sentence, request, settings)
    if request.table or settings.schema_path is not None or ORDERS_ADVICE in sentence:
        send({"refusal": sentence})
        return
    try:
        _look(request, settings, send, sentence)
    except Question as question:
        _ask(question, f"{sentence} To see what else it holds: {question.asked}", send)
    except BadInput as error:
        send({"refusal": f"{sentence} {error.sentence}"})
    except OSError as error:
        send({"failure": disk_sentence(error)})


def _ask(question: Question, asked: str, send: Send) -> None:
    choices = {choice.key: choice.label for choice in question.choices}
    send({"question": asked, "choices": json.dumps(choices), "parts": json.dumps(parts_of(question))})


def _file(request: TrainingRequest) -> OtherFile:
    source, answers = Path(request.source), OrderAnswers.parse(request.answers).file
    return OtherFile(source, source.parent, "", request.origin, answers, DEFAULT_LIMITS)


def _for_the_channel(sentence: str, request: TrainingRequest, settings: Settings) -> str:
    """Return a sentence that calls a table by its name: its address is not for a channel to see."""
    address = settings.tables.get(request.table)
    if address is None or not (address.url in sentence or address.shown in sentence):
        return sentence
    before, _, _ = sentence.replace(address.shown, request.table).replace(address.url, request.table).partition(":")
    return f"{before.rstrip('.')}. Please ask the person who runs segbot to look at SEGBOT_TABLES."
