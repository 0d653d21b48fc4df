"""`segbot predict`: one customer's segment. Loads neither numpy nor scikit-learn, nor, with --json, rich."""

from __future__ import annotations

import click

from bot.answers.narrowed_data import narrowed_data
from bot.blocks.customers.narrowed import asked_text, next_text
from bot.blocks.refusal import sentences
from bot.blocks.text import unscored
from bot.cli.runtime import Runtime, as_json_option, echo_json, pass_runtime
from bot.cli.text.narrowed import settled_text
from bot.cli.text.prose import say
from bot.parsing.segment_text import Incomplete, Refusal, Usage, read_command
from segmentation.errors import BadInput
from segmentation.model import SegmentModel
from segmentation.narrowing import Narrowed, narrow
from segmentation.schema import Schema


@click.command()
@click.argument("pairs", nargs=-1, required=True, metavar="KEY=VALUE…")
@as_json_option
@pass_runtime
def predict(runtime: Runtime, pairs: tuple[str, ...], as_json: bool) -> None:
    """Say which segment one customer is in: segbot predict age=35 income=60 score=70."""
    model = runtime.model_in_service()
    read = read_command(" ".join(pairs), model.schema)
    if isinstance(read, Usage):
        usage = f"Usage: segbot predict {model.schema.example}"
        if as_json:  # a script that waits for an object gets none, so this is a failure to it
            raise BadInput(usage)
        click.echo(usage)
        return
    if isinstance(read, Refusal):
        raise BadInput(_refusal_text(read, model.schema))
    if isinstance(read, Incomplete):
        _say_what_is_left(narrow(model, read.values), model, as_json=as_json)
        return
    explanation = model.explain(read)
    if as_json:
        echo_json(explanation.to_json())
        return
    from bot.cli.text.explanation import explanation_text  # noqa: PLC0415 - loads rich, which --json does without

    say(explanation_text(explanation, model.schema, synthetic=model.synthetic))


def _say_what_is_left(narrowed: Narrowed, model: SegmentModel, *, as_json: bool) -> None:
    """Print the one segment that is left, or refuse: without a segment, scripts must not go on as if there were one."""
    if as_json:
        echo_json(narrowed_data(narrowed, model))
    elif narrowed.settled:
        say(settled_text(narrowed, model))
    if narrowed.settled:
        return
    runs = "".join(f"\n  {run.segment}: {run.sentence}" for run in narrowed.runs)
    text = f"{asked_text(narrowed)}.{runs}\nTry: segbot predict {next_text(narrowed, model)}"
    raise BadInput(unscored(text))


def _refusal_text(refusal: Refusal, schema: Schema) -> str:
    """Name the faults, then the command to type."""
    more = f" And {refusal.more} more." if refusal.more else ""
    asked = "Which did you mean?" if refusal.either else "Did you mean this?" if refusal.corrected else "Try:"
    meant = refusal.either or (refusal.corrected or schema.example,)
    way_out = "\nor: ".join(f"segbot predict {text}" for text in meant)
    return f"{unscored(sentences(refusal.faults))}{more} {asked} {way_out}"
