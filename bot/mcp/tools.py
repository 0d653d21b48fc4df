"""What assistants may ask: four tools that read the model in service and change nothing.

Each returns the JSON of the command line, so that an assistant, a script and `/segment` tell a person the same.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated, Any, Final

from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp_types import ToolAnnotations
from pydantic import Field

from bot.answers.described import customer_of
from bot.answers.narrowed_data import narrowed_data
from bot.parsing.segment_text import Incomplete
from segmentation.errors import SegbotError
from segmentation.model import SegmentModel
from segmentation.narrowing import narrow

INSTRUCTIONS: Final = (
    "segbot knows into which segments a team's customers fall. Ask `list_segments` first: it says which values of a "
    "customer are needed, and in which units. Pass on what an answer says of its confidence; a borderline customer is "
    "close to another segment, and one far outside what the model learned from should be checked before anybody acts."
)
Customer = Annotated[
    str,
    Field(
        description=(
            "One customer's values as key=value pairs, or in words with their units. The keys are those of the "
            "features that `list_segments` returns. Several segments come back if a value that decides is missing."
        ),
        max_length=2000,
    ),
]
# What a short answer keeps of a whole one.
_SHORT: Final = (
    "segment",
    "confidence",
    "confidence_word",
    "confidence_range",
    "runner_up",
    "borderline",
    "model_version",
    "values",
    "meaning",
    "action",
    "far_outside",
    "hints",
    "missing",
    "possible",
    "sentence",
    "synthetic",
)
_log = logging.getLogger(__name__)


def tool_server(get_model: Callable[[], SegmentModel], version: str) -> MCPServer[Any]:
    """Build the server and its tools.

    Parameters
    ----------
    get_model
        Returns the model in service; called for each question, so that a promotion shows at once.
    version
        segbot's own.
    """
    server = MCPServer[Any]("segbot", title="segbot", instructions=INSTRUCTIONS, version=version, subscriptions=False)

    def segment_customer(customer: Customer) -> dict[str, Any]:
        with _told():
            whole = _answer(customer, get_model())
            return {key: whole[key] for key in _SHORT if key in whole}

    def explain(customer: Customer) -> dict[str, Any]:
        with _told():
            return _answer(customer, get_model())

    def list_segments() -> dict[str, Any]:
        with _told():
            return segments_data(get_model())

    def segment_sizes() -> dict[str, Any]:
        with _told():
            return sizes_data(get_model())

    for tool, title, description in (
        (segment_customer, "Segment a customer", "Say which segment a customer is in, how sure that is, what to do."),
        (explain, "Explain a customer's segment", "Say why a customer is in a segment, and what would change that."),
        (list_segments, "List the segments", "List all segments: what they mean, their averages, the values needed."),
        (segment_sizes, "Sizes of the segments", "Say how many of the customers trained on are in each segment."),
    ):
        reads = ToolAnnotations(title=title, read_only_hint=True, idempotent_hint=True, open_world_hint=False)
        server.add_tool(tool, title=title, description=description, annotations=reads)
    return server


def segments_data(model: SegmentModel) -> dict[str, Any]:
    """Return all segments, and the values that are needed of a customer, as JSON-ready data."""
    schema = model.schema
    deciding = set(schema.cluster_indices)
    return {
        "model_version": model.version,
        "synthetic": model.synthetic,
        "example": schema.example,
        "features": [
            {
                "key": feature.name,
                "label": feature.label_with_unit,
                "decides": i in deciding,
                "allowed": list(feature.categories) if feature.is_category else feature.range_text,
            }
            for i, feature in enumerate(schema.features)
        ],
        "segments": [
            {
                "name": segment.name,
                "meaning": segment.meaning,
                "action": segment.action,
                "share": segment.share,
                "typical": {
                    feature.name: segment.typical(i, feature) or None for i, feature in enumerate(schema.features)
                },
            }
            for segment in model.segments
        ],
    }


def sizes_data(model: SegmentModel) -> dict[str, Any]:
    """Return how many of the customers trained on each segment holds, as JSON-ready data."""
    return {
        "model_version": model.version,
        "synthetic": model.synthetic,
        "customers": sum(segment.customers for segment in model.segments),
        "segments": [
            {"name": segment.name, "customers": segment.customers, "share": segment.share} for segment in model.segments
        ],
    }


def _answer(text: str, model: SegmentModel) -> dict[str, Any]:
    read = customer_of(text, model)
    if isinstance(read, Incomplete):
        data = narrowed_data(narrow(model, read.values), model)
    else:
        data = model.explain(read).to_json()
    return {**data, "synthetic": model.synthetic}


@contextmanager
def _told() -> Iterator[None]:
    """Turn an error into one the assistant reads: its own sentence, or a reference under which the log describes it."""
    try:
        yield
    except SegbotError as error:
        raise ToolError(error.sentence) from None
    except Exception as error:  # noqa: BLE001 - the client that asked is told, and the log
        reference = secrets.token_hex(4)
        _log.error("unexpected error", exc_info=error, extra={"reference": reference})
        sentence = f"Something went wrong in segbot. The person who runs it finds it in the log under {reference}."
        raise ToolError(sentence) from None
