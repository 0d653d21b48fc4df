"""`segbot models`: lists versions, and promotes, rolls back, names and verifies them."""

from __future__ import annotations

from dataclasses import asdict

import click

from bot.cli.runtime import Runtime, as_json_option, echo_json, note_option, pass_runtime
from bot.cli.text.models import (
    copied_text,
    history_text,
    renamed_text,
    suggestions_text,
    verification,
    verification_text,
    version_data,
    version_details,
    version_report,
    versions_text,
)
from bot.cli.text.prose import say
from bot.cli.wordings import wordings_of
from bot.settings import BadSetting
from segmentation.registry.transfer import copy_versions


@click.group()
def models() -> None:
    """List, show, promote, roll back and verify model versions, and tell what was done with them."""


@models.command("list")
@as_json_option
@pass_runtime
def list_versions(runtime: Runtime, as_json: bool) -> None:
    """List all versions, oldest first."""
    versions = runtime.registry.versions()
    if as_json:
        echo_json({"versions": [version_data(info) for info in versions]})
    else:
        say(versions_text(versions))


@models.command()
@click.argument("version")
@click.option("--rules", is_flag=True, help="Print the decision tree's rules too.")
@as_json_option
@pass_runtime
def show(runtime: Runtime, version: str, rules: bool, as_json: bool) -> None:
    """Show one version: segments, metrics, where it came from."""
    model, manifest = runtime.registry.load(version), runtime.registry.manifest(version)
    if as_json:
        echo_json(version_details(model, manifest, rules=rules))
    else:
        say(version_report(model, manifest, rules=rules))


@models.command(short_help="Print the audit log: who changed what when, and why.")
@as_json_option
@pass_runtime
def history(runtime: Runtime, as_json: bool) -> None:
    """Print the audit log, oldest first: who changed what when, and why."""
    entries = runtime.registry.history()
    if as_json:
        echo_json({"history": [asdict(entry) for entry in entries]})
    else:
        say(history_text(entries))


@models.command(short_help="Put a version in service, after verifying it.")
@click.argument("version")
@note_option
@as_json_option
@pass_runtime
def promote(runtime: Runtime, version: str, note: str, as_json: bool) -> None:
    """Put a version in service, after verifying it; an unsafe one only with SEGBOT_ALLOW_UNSAFE=1."""
    before = runtime.registry.promote(
        version, actor=runtime.actor, note=note, allow_unsafe=runtime.settings.allow_unsafe
    )
    _report_move(version, before, "is now in service", as_json=as_json)


@models.command(short_help="Go back to the previous version, or to VERSION.")
@click.argument("version", required=False)
@note_option
@as_json_option
@pass_runtime
def rollback(runtime: Runtime, version: str | None, note: str, as_json: bool) -> None:
    """Go back to the previous version, or to VERSION if it was in service before."""
    target, before = runtime.registry.rollback(version, actor=runtime.actor, note=note)
    _report_move(target, before, "is in service again", as_json=as_json)


@models.command()
@click.argument("version")
@note_option
@as_json_option
@pass_runtime
def discard(runtime: Runtime, version: str, note: str, as_json: bool) -> None:
    """Mark a candidate as not to be promoted."""
    runtime.registry.discard(version, actor=runtime.actor, note=note)
    if as_json:
        echo_json({"version": version, "state": "discarded"})
    else:
        say(f"{version} is discarded.")


@models.command(short_help="Name segments, or have names suggested.")
@click.argument("version")
@click.argument("names", nargs=-1, metavar="[OLD=NEW]…")
@click.option("--meaning", "meanings", multiple=True, metavar="NAME=TEXT", help="What a segment's customers share.")
@click.option("--action", "actions", multiple=True, metavar="NAME=TEXT", help="One thing to do about them.")
@as_json_option
@pass_runtime
def name(
    runtime: Runtime,
    version: str,
    names: tuple[str, ...],
    meanings: tuple[str, ...],
    actions: tuple[str, ...],
    as_json: bool,
) -> None:
    """Name segments of a candidate or of the version in service: segbot models name VERSION Miser=Savers.

    That makes a new version with the same answers: in place of the candidate, or in service at once. Without new words,
    suggest names.
    """
    model = runtime.registry.load(version)
    if not (names or meanings or actions):
        from segmentation.training.names.suggestions import suggested_names  # noqa: PLC0415 - loads numpy

        suggested = dict(zip(model.names, suggested_names(model), strict=True))
        if as_json:
            echo_json({"version": version, "suggested": suggested})
        else:
            say(suggestions_text(version, suggested))
        return
    done = runtime.registry.rename(
        version,
        wordings_of(model, names, meanings, actions),
        actor=runtime.actor,
        allow_unsafe=runtime.settings.allow_unsafe,
    )
    if as_json:
        echo_json({**asdict(done), "segments": list(runtime.registry.load(done.version).names)})
    else:
        say(renamed_text(done))


@models.command(short_help="Copy versions to the shared database.")
@click.argument("version", required=False)
@as_json_option
@pass_runtime
def push(runtime: Runtime, version: str | None, as_json: bool) -> None:
    """Copy VERSION, or all, from the models folder to the shared database, as candidates."""
    _copy(runtime, version, to_database=True, as_json=as_json)


@models.command(short_help="Copy versions from the shared database.")
@click.argument("version", required=False)
@as_json_option
@pass_runtime
def pull(runtime: Runtime, version: str | None, as_json: bool) -> None:
    """Copy VERSION, or all, from the shared database to the models folder, as candidates."""
    _copy(runtime, version, to_database=False, as_json=as_json)


@models.command(short_help="Verify VERSION, or the pointer and all versions.")
@click.argument("version", required=False)
@as_json_option
@pass_runtime
def verify(runtime: Runtime, version: str | None, as_json: bool) -> None:
    """Verify VERSION, or the pointer and all versions; exit 1 when anything is wrong."""
    result = verification(runtime.registry, version)
    if as_json:
        echo_json(result.to_json())
    else:
        say(verification_text(result))
    if not result.ok:
        raise click.exceptions.Exit(1)


def _copy(runtime: Runtime, version: str | None, *, to_database: bool, as_json: bool) -> None:
    if not runtime.settings.database_address:
        raise BadSetting("SEGBOT_DATABASE_URL", "must name the PostgreSQL database to copy to or from")
    folder, database = runtime.folder_registry, runtime.registry
    source, target, to = (folder, database, "database") if to_database else (database, folder, "folder")
    copied = copy_versions(source, target, version, actor=runtime.actor, note=f"copied to the {to}")
    if as_json:
        echo_json({"to": to, "versions": [asdict(copy) for copy in copied]})
    else:
        say(copied_text(copied, to))
    if any(copy.problem for copy in copied):
        raise click.exceptions.Exit(1)


def _report_move(version: str, before: str | None, what: str, *, as_json: bool) -> None:
    if as_json:
        echo_json({"version": version, "previous": before})
    else:
        undo = f" It replaces {before}. To undo: segbot models rollback {before}" if before else ""
        say(f"{version} {what}.{undo}")
