"""The `segbot` command. Each subcommand loads only what it needs: `predict` answers before scikit-learn would load."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from dataclasses import asdict
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from bot.cli.warehouse import Terminal, read_k, warehouse_commands
from segmentation.errors import BadInput, Conflict, SegbotError, Unsafe

if TYPE_CHECKING:
    from bot.settings import Settings
    from segmentation.model import SegmentModel
    from segmentation.registry.registry import Registry
    from segmentation.retraining import Run
    from segmentation.schema import Schema

BAD_INPUT: Final = 2
FAILED: Final = 1
_PORT: Final = click.IntRange(0, 65535)
_HOST = click.option("--host", default="127.0.0.1", show_default=True, help="Where to listen.")
_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="segbot")
def main() -> None:
    """Tell which customer segment somebody is in, why, and what would change it."""


def _reported(function: Callable[..., None]) -> Callable[..., None]:
    """Turn expected errors into their sentence on stderr and the exit code scripts rely on."""

    @wraps(function)
    def run(**arguments: Any) -> None:  # noqa: ANN401 - whatever click passes
        try:
            function(**arguments)
        except SegbotError as error:
            click.echo(error.sentence, err=True)
            sys.exit(BAD_INPUT if isinstance(error, BadInput) else FAILED)
        except OSError as error:
            click.echo(f"{error.strerror or error}: {error.filename or ''}".rstrip(": "), err=True)
            sys.exit(FAILED)

    return run


@main.command()
@click.argument("pairs", nargs=-1, required=True, metavar="KEY=VALUE…")
@_JSON
@_reported
def predict(pairs: tuple[str, ...], as_json: bool) -> None:
    """Say which segment one customer is in: segbot predict age=35 income=60 score=70."""
    from bot.blocks.text import unscored  # noqa: PLC0415 - only this command needs it
    from bot.parsing.segment_text import Refusal, Usage, read_command  # noqa: PLC0415 - only this command needs it

    model = _model_in_service()
    read = read_command(" ".join(pairs), model.schema)
    if isinstance(read, Usage):
        usage = f"Usage: segbot predict {model.schema.example}"
        if as_json:
            raise BadInput(usage)
        click.echo(usage)
        return
    if isinstance(read, Refusal):
        more = f" And {read.more} more." if read.more else ""
        hint = f" Try: segbot predict {read.corrected or model.schema.example}"
        raise BadInput(unscored(". ".join(read.faults)) + "." + more + hint)
    explanation = model.explain(read)
    if as_json:
        click.echo(json.dumps(explanation.to_json(), ensure_ascii=False))
        return
    from bot.cli.text import explanation_text  # noqa: PLC0415 - only this command needs it

    click.echo(explanation_text(explanation, synthetic=model.synthetic))


@main.command()
@click.argument("source", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("target", type=click.Path(dir_okay=False, path_type=Path))
@_JSON
@_reported
def score(source: Path, target: Path, as_json: bool) -> None:
    """Score every row of IN.csv into OUT.csv: its columns, then segment, confidence and note."""
    from bot.cli.text import progress, score_text  # noqa: PLC0415 - only this command needs it
    from segmentation.scoring.score import score_file  # noqa: PLC0415 - loads polars

    model = _model_in_service()
    with progress("Scoring") as advance:
        report = score_file(source, target, model, progress=advance)
    click.echo(json.dumps(report.to_json(), ensure_ascii=False) if as_json else score_text(report, target))


@main.command()
@click.argument("csv", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--k", default="auto", metavar="auto|N", help="Number of segments, 2 to 10. Default: the elbow decides.")
@click.option("--promote", is_flag=True, help="Put the new version in service at once.")
@click.option("--seed", default=0, show_default=True, help="Fixes everything random.")
@click.option("--note", default="", help="A note for the audit log.")
@_JSON
@_reported
def train(csv: Path, k: str, promote: bool, seed: int, note: str, as_json: bool) -> None:
    """Train a candidate on CSV and compare it with the version in service; --promote puts it there unless unsafe."""
    from bot.cli.text import progress, report_text  # noqa: PLC0415 - only this command needs it
    from segmentation.retraining import train_file  # noqa: PLC0415 - loads scikit-learn

    wanted = read_k(k)
    settings, registry = _settings(), _registry()
    with progress("Training") as advance:
        run = train_file(
            csv,
            registry,
            _schema(),
            k=wanted,
            seed=seed,
            actor=_actor(),
            note=note,
            progress=advance,
            thresholds=settings.thresholds,
            keep=settings.keep_versions,
        )
    refusal = _promote(registry, run, note, allow_unsafe=settings.allow_unsafe) if promote else None
    promoted = promote and refusal is None
    click.echo(
        json.dumps(run.to_json(promoted=promoted), ensure_ascii=False)
        if as_json
        else report_text(run, promoted=promoted)
    )
    if refusal is not None:
        raise refusal


def _promote(registry: Registry, run: Run, note: str, *, allow_unsafe: bool) -> SegbotError | None:
    """Put what was just trained in service, or return why not, so that its report can be printed first."""
    expected = run.comparison.against
    try:
        registry.promote(run.version, actor=_actor(), expected=expected, note=note, allow_unsafe=allow_unsafe)
    except (Conflict, Unsafe) as error:
        return error
    return None


@main.group()
def models() -> None:
    """List, show, promote, roll back and verify model versions, and tell what was done with them."""


@models.command("list")
@_JSON
@_reported
def list_versions(as_json: bool) -> None:
    """List all versions, oldest first."""
    from bot.cli.text import version_data, versions_text  # noqa: PLC0415 - only this command needs it

    found = _registry().versions()
    click.echo(json.dumps({"versions": [version_data(info) for info in found]}) if as_json else versions_text(found))


@models.command()
@click.argument("version")
@click.option("--rules", is_flag=True, help="Print the decision tree's rules too.")
@_JSON
@_reported
def show(version: str, rules: bool, as_json: bool) -> None:
    """Show one version: segments, metrics, where it came from."""
    from bot.cli.text import version_details, version_report  # noqa: PLC0415 - only this command needs it

    registry = _registry()
    model, manifest = registry.load(version), registry.manifest(version)
    if as_json:
        click.echo(json.dumps(version_details(model, manifest, rules=rules), ensure_ascii=False))
    else:
        click.echo(version_report(model, manifest, rules=rules))


@models.command()
@_JSON
@_reported
def history(as_json: bool) -> None:
    """Print the audit log, oldest first: who changed what when, and why."""
    from dataclasses import asdict  # noqa: PLC0415 - only this command needs it

    from bot.cli.text import history_text  # noqa: PLC0415 - only this command needs it

    entries = _registry().history()
    click.echo(
        json.dumps({"history": [asdict(entry) for entry in entries]}, ensure_ascii=False)
        if as_json
        else history_text(entries)
    )


@models.command()
@click.argument("version")
@click.option("--note", default="", help="A note for the audit log.")
@_JSON
@_reported
def promote(version: str, note: str, as_json: bool) -> None:
    """Put a version in service, after verifying it; an unsafe one only with SEGBOT_ALLOW_UNSAFE=1."""
    before = _registry().promote(version, actor=_actor(), note=note, allow_unsafe=_settings().allow_unsafe)
    _moved(version, before, "is now in service", as_json=as_json)


@models.command()
@click.argument("version", required=False)
@click.option("--note", default="", help="A note for the audit log.")
@_JSON
@_reported
def rollback(version: str | None, note: str, as_json: bool) -> None:
    """Go back to the previous version, or to VERSION if it was in service before."""
    target, before = _registry().rollback(version, actor=_actor(), note=note)
    _moved(target, before, "is in service again", as_json=as_json)


@models.command()
@click.argument("version")
@click.option("--note", default="", help="A note for the audit log.")
@_JSON
@_reported
def discard(version: str, note: str, as_json: bool) -> None:
    """Mark a candidate as not to be promoted."""
    _registry().discard(version, actor=_actor(), note=note)
    click.echo(json.dumps({"version": version, "state": "discarded"}) if as_json else f"{version} is discarded.")


@models.command()
@click.argument("version", required=False)
@_JSON
@_reported
def push(version: str | None, as_json: bool) -> None:
    """Copy VERSION, or all, from the models folder to the shared database, as candidates."""
    _copy(version, to_database=True, as_json=as_json)


@models.command()
@click.argument("version", required=False)
@_JSON
@_reported
def pull(version: str | None, as_json: bool) -> None:
    """Copy VERSION, or all, from the shared database to the models folder, as candidates."""
    _copy(version, to_database=False, as_json=as_json)


@models.command()
@click.argument("version", required=False)
@_JSON
@_reported
def verify(version: str | None, as_json: bool) -> None:
    """Verify VERSION, or the pointer and all versions; exit 1 when anything is wrong."""
    from bot.cli.text import verification, verification_text  # noqa: PLC0415 - only this command needs it

    result = verification(_registry(), version)
    click.echo(json.dumps(result.to_json()) if as_json else verification_text(result))
    if not result.ok:
        sys.exit(FAILED)


@main.command()
@_HOST
@click.option("--port", type=_PORT, default=3000, show_default=True, help="Where to listen.")
@click.option("--no-worker", is_flag=True, help="Leave background jobs to `segbot worker`; takes PostgreSQL.")
@_reported
def serve(host: str, port: int, no_worker: bool) -> None:
    """Serve Slack over HTTP, or in Socket Mode when SLACK_APP_TOKEN is set, and work off background jobs."""
    _run_bot(host, port, works=not no_worker)


@main.command()
@_HOST
@click.option("--port", type=_PORT, default=3001, show_default=True, help="Where the health pages are.")
@_reported
def worker(host: str, port: int) -> None:
    """Work off background jobs only, beside `segbot serve --no-worker`; takes PostgreSQL."""
    _run_bot(host, port, listens=False)


@main.command()
@click.option(
    "--port", type=_PORT, default=8080, show_default=True, help="Where the workspace's page is served, on 127.0.0.1."
)
@click.option("--once", is_flag=True, help="Answer the example, print it, and exit.")
@click.option("--keep", is_flag=True, help="Keep the workspace in the state folder, and go on where it ended.")
@_reported
def playground(port: int, once: bool, keep: bool) -> None:
    """Run a local workspace with the whole bot in it: no Slack account needed."""
    import uvloop  # noqa: PLC0415 - loading the server is for this command alone

    from bot.cli.playground import run  # noqa: PLC0415 - loading the server is for this command alone
    from bot.logs import configure_logging  # noqa: PLC0415 - loading the server is for this command alone

    settings = _settings()
    configure_logging("WARNING" if settings.log_level == "INFO" else settings.log_level)
    uvloop.run(run(settings, _schema(), port=0 if once else port, once=once, echo=click.echo, keep=keep))


def _run_bot(host: str, port: int, *, works: bool = True, listens: bool = True) -> None:
    import uvloop  # noqa: PLC0415 - loading the server is for these commands alone

    from bot.app import Bot  # noqa: PLC0415 - loading the server is for these commands alone
    from bot.logs import configure_logging  # noqa: PLC0415 - loading the server is for these commands alone
    from bot.serving import end_in_time, serve  # noqa: PLC0415 - loading the server is for these commands alone
    from bot.settings import BadSetting, load_slack_settings  # noqa: PLC0415 - loading the server is for these commands alone

    settings = _settings()
    if not (works and listens) and not settings.database_address:
        # Two processes on one SQLite file would each sweep away what the other works on.
        raise BadSetting("SEGBOT_DATABASE_URL", "must name a PostgreSQL database to serve and work in two processes")
    configure_logging(settings.log_level)
    _sweep()
    slack = load_slack_settings(_environment(), listens=listens)
    uvloop.run(serve(Bot(settings, slack, works=works, listens=listens), host, port, told=end_in_time))


def _environment() -> dict[str, str]:
    from bot.settings import read_environment  # noqa: PLC0415 - loads dotenv

    return read_environment(os.environ, Path(".env"))


def _settings() -> Settings:
    from bot.settings import load_settings  # noqa: PLC0415 - loads dotenv

    return load_settings(_environment())


def _registry() -> Registry:
    from segmentation.registry.registry import Registry  # noqa: PLC0415 - not for --help

    settings = _settings()
    return Registry.open(settings.models_dir, settings.state_dir, settings.signing_key, settings.database_address)


def _copy(version: str | None, *, to_database: bool, as_json: bool) -> None:
    from bot.cli.text import copied_text  # noqa: PLC0415 - only these commands need it
    from bot.settings import BadSetting  # noqa: PLC0415 - only these commands need it
    from segmentation.registry.registry import Registry  # noqa: PLC0415 - only these commands need it
    from segmentation.registry.transfer import copy_versions  # noqa: PLC0415 - only these commands need it

    settings = _settings()
    if not settings.database_address:
        raise BadSetting("SEGBOT_DATABASE_URL", "must name the PostgreSQL database to copy to or from")
    folder = Registry.open(settings.models_dir, settings.state_dir, settings.signing_key)
    source, target, to = (folder, _registry(), "database") if to_database else (_registry(), folder, "folder")
    done = copy_versions(source, target, version, actor=_actor(), note=f"copied to the {to}")
    if as_json:
        click.echo(json.dumps({"to": to, "versions": [asdict(one) for one in done]}))
    else:
        click.echo(copied_text(done, to))
    if any(one.problem for one in done):
        sys.exit(FAILED)


def _sweep() -> None:
    """Remove what a crash left in the models folder; where it may not be written to, the bot serves all the same."""
    try:
        _registry().sweep()
    except SegbotError as error:
        click.echo(f"Warning: {error.sentence}", err=True)


def _model_in_service() -> SegmentModel:
    """Load the model the bot would answer with too; a warning on stderr when it is not the current version."""
    serving = _registry().load_serving()
    if serving.problem is not None:
        click.echo(f"Warning: {serving.problem.sentence} Answering with {serving.model.version}.", err=True)
    return serving.model


def _schema() -> Schema:
    from segmentation.schema import load_schema  # noqa: PLC0415 - only these commands need it

    return load_schema(_settings().schema_path)


def _actor() -> str:
    import getpass  # noqa: PLC0415 - not for --help

    try:
        return f"cli:{getpass.getuser()}"
    except (OSError, KeyError):  # a container's user id may have no name
        return f"cli:uid{os.getuid()}"


def _moved(version: str, before: str | None, what: str, *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({"version": version, "previous": before}))
    else:
        click.echo(f"{version} {what}." + (f" Before: {before}." if before else ""))


main.add_command(
    warehouse_commands(Terminal(_reported, _settings, _registry, _schema, _model_in_service, _actor, _promote))
)
