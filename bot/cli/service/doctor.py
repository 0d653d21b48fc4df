"""`segbot doctor`: what is wrong with an installation, and what to do about it."""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Final

import click

from bot.cli.runtime import Runtime, as_json_option, echo_json, pass_runtime
from bot.cli.text.prose import say
from bot.doctor import Finding, Health, look_over
from bot.settings import BadSetting, load_slack_settings
from segmentation.errors import BadInput

if TYPE_CHECKING:
    from bot.settings import SlackSettings

_MARKS: Final = {Health.WELL: "ok", Health.NOTE: "note", Health.WRONG: "wrong"}
_WIDTH: Final = max(map(len, _MARKS.values()))
_FAILED: Final = 1


@click.command()
@as_json_option
@pass_runtime
def doctor(runtime: Runtime, as_json: bool) -> None:
    """Check settings, folders, database, model, Slack's token and scopes, and the clock.

    Exits with 1 if something is wrong, and says what to do about it.
    """
    found = _findings(runtime)
    wrong = sum(finding.health is Health.WRONG for finding in found)
    if as_json:
        echo_json({"well": not wrong, "findings": [asdict(finding) for finding in found]})
    else:
        for finding in found:
            say(f"{_MARKS[finding.health]:<{_WIDTH}}  {finding.part}: {finding.sentence}")
            if finding.way_out:
                say(f"{'':<{_WIDTH}}  → {finding.way_out}")
        click.echo(_verdict(wrong))
    if wrong:
        sys.exit(_FAILED)


def _findings(runtime: Runtime) -> list[Finding]:
    try:
        settings = runtime.settings
    except BadInput as error:
        # Nothing else can be looked at without them.
        return [Finding("Settings", Health.WRONG, error.sentence)]
    slack, found = _slack(runtime)
    return [*found, *look_over(settings, slack)]


def _slack(runtime: Runtime) -> tuple[SlackSettings | None, list[Finding]]:
    try:
        slack = load_slack_settings(runtime.variables)
    except BadSetting as error:
        return None, [Finding("Settings", Health.WRONG, error.sentence)]
    mode = "Socket Mode" if slack.app_token else "HTTP"
    return slack, [Finding("Settings", Health.WELL, f"All variables are sound; segbot would serve by {mode}.")]


def _verdict(wrong: int) -> str:
    if not wrong:
        return "All is well."
    return "1 thing is wrong." if wrong == 1 else f"{wrong} things are wrong."
