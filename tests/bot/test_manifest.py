"""The manifests: by Slack's rules, every entry has a listener, and nothing else is listened for."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final, cast

import pytest
import yaml
from harness import Harness, make_bot

from bot import actions, commands, events, shortcuts, steps, views
from bot.blocks.conversation import PROMPTS
from bot.commands.segment import COMMAND
from bot.shortcuts import LISTED

ROOT: Final = Path(__file__).parents[2]
NAMES: Final = ("manifest.yml", "manifest.workflow.yml")
Json = dict[str, Any]


def manifest(name: str) -> Json:
    loaded: Json = yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))
    return loaded


# Slack's schema of version 2, as far as the manifests use it: a field's check by its name. A field that is not here is
# one that Slack does not know, or that nobody has looked up yet.
Check = Callable[[Any], bool]


def text(most: int, least: int = 1, pattern: str = r"[\s\S]*") -> Check:
    return lambda value: isinstance(value, str) and least <= len(value) <= most and bool(re.fullmatch(pattern, value))


def flag(value: Any) -> bool:
    return isinstance(value, bool)


def number(value: Any) -> bool:
    return type(value) is int


def listing(most: int, check: Check, least: int = 0) -> Check:
    return lambda value: isinstance(value, list) and least <= len(value) <= most and all(map(check, value))


def fields(required: str = "", /, **checks: Check) -> Check:
    def check(value: Any) -> bool:
        known = isinstance(value, dict) and value.keys() <= checks.keys() and set(required.split()) <= value.keys()
        return known and all(checks[name](one) for name, one in value.items())

    return check


def named(most: int, check: Check) -> Check:
    return lambda value: isinstance(value, dict) and len(value) <= most and all(map(check, value.values()))


PROMPT: Final = fields("title message", title=text(10**6), message=text(10**6))
PARAMETER: Final = fields(
    "type",
    type=lambda kind: kind in {"string", "number", "integer", "boolean"},
    title=text(10**6),
    description=text(10**6),
    hint=text(10**6),
)
PARAMETERS: Final = fields("properties", properties=named(50, PARAMETER), required=listing(50, text(10**6)))
SCHEMA: Final = fields(
    "display_information",
    _metadata=fields(major_version=lambda version: version == 2, minor_version=number),
    display_information=fields(
        "name",
        name=text(35),
        description=text(140),
        background_color=text(7, 4, r"#[0-9a-fA-F]{3}([0-9a-fA-F]{3})?"),
        long_description=text(4000, 175),
    ),
    features=fields(
        app_home=fields(home_tab_enabled=flag, messages_tab_enabled=flag, messages_tab_read_only_enabled=flag),
        agent_view=fields(agent_description=text(300), suggested_prompts=listing(4, PROMPT)),
        bot_user=fields("display_name", display_name=text(80, 1, r"[a-z0-9_.-]+"), always_online=flag),
        shortcuts=listing(
            10,
            fields(
                "name type callback_id description",
                name=text(24),
                type=lambda kind: kind in {"message", "global"},
                callback_id=text(255),
                description=text(150),
            ),
            1,
        ),
        slash_commands=listing(
            50,
            fields(
                "command description",
                command=text(32, 2, r"/.+"),
                description=text(2000),
                usage_hint=text(1000),
                should_escape=flag,
            ),
            1,
        ),
    ),
    oauth_config=fields(scopes=fields(bot=listing(255, text(50)))),
    settings=fields(
        event_subscriptions=fields(bot_events=listing(100, text(50))),
        interactivity=fields("is_enabled", is_enabled=flag),
        org_deploy_enabled=flag,
        socket_mode_enabled=flag,
        token_rotation_enabled=flag,
        function_runtime=lambda value: value == "remote",
    ),
    functions=named(
        50,
        fields(
            "title description input_parameters output_parameters",
            title=text(10**6),
            description=text(10**6),
            input_parameters=PARAMETERS,
            output_parameters=PARAMETERS,
        ),
    ),
)


@pytest.mark.parametrize("name", NAMES)
def test_manifest_keeps_slacks_schema(name: str) -> None:
    whole = manifest(name)
    assert SCHEMA(whole)
    events_named = whole["settings"]["event_subscriptions"]["bot_events"]
    assert len(set(events_named)) == len(events_named)
    for function in whole.get("functions", {}).values():
        for parameters in (function["input_parameters"], function["output_parameters"]):
            assert set(parameters["required"]) <= parameters["properties"].keys()


@pytest.mark.parametrize(
    "broken",
    [
        {"features": {"agent_view": {"suggested_prompts": [{"title": "a", "message": "b"}] * 5}}},
        {"features": {"agent_view": {"assistant_description": "of the older view"}}},
        {"features": {"shortcuts": [{"name": "x" * 25, "type": "global", "callback_id": "a", "description": "b"}]}},
        {"functions": {"score": {"title": "a", "description": "b", "input_parameters": {"properties": {}}}}},
        {"setings": {}},
    ],
)
def test_a_manifest_slack_would_refuse_is_refused(broken: Json) -> None:
    assert not SCHEMA({"display_information": {"name": "segbot"}, **broken})


def test_the_workflows_manifest_is_the_other_one_and_a_step() -> None:
    plain, workflow = manifest(NAMES[0]), manifest(NAMES[1])
    del workflow["functions"], workflow["settings"]["function_runtime"]
    assert workflow["settings"].pop("org_deploy_enabled") is True
    assert plain["settings"].pop("org_deploy_enabled") is False
    workflow["settings"]["event_subscriptions"]["bot_events"].remove("function_executed")
    assert workflow == plain


def test_the_workflows_manifest_says_that_it_cannot_be_distributed() -> None:
    assert "distributed publicly" in (ROOT / NAMES[1]).read_text(encoding="utf-8")


def test_suggested_prompts_and_shortcuts_are_those_of_the_code() -> None:
    features = manifest(NAMES[0])["features"]
    assert features["agent_view"]["suggested_prompts"] == list(PROMPTS)
    listed = [(one["name"], one["type"], one["callback_id"], one["description"]) for one in features["shortcuts"]]
    assert listed == list(LISTED)


class Registrations:
    """Stands for a Bolt app, and notes what is listened for; catch-alls are patterns, not names."""

    def __init__(self) -> None:
        self.noted: dict[str, set[str]] = {}

    def use(self, middleware: object) -> None:
        self.noted.setdefault("command", set()).add(COMMAND)

    def __getattr__(self, kind: str) -> Callable[..., Callable[..., None]]:
        def listen(name: str | re.Pattern[str], **_more: object) -> Callable[..., None]:
            if isinstance(name, str):
                self.noted.setdefault(kind, set()).add(name)
            return lambda *_functions, **_named: None

        return listen


@pytest.fixture
def listened(harness: Harness) -> dict[str, set[str]]:
    registrations, dependencies = Registrations(), make_bot(harness).dependencies
    for room in (commands, shortcuts, actions, steps, events, views):
        room.register(cast("Any", registrations), dependencies)
    return registrations.noted


def test_every_entry_has_a_listener_and_every_listener_an_entry(listened: dict[str, set[str]]) -> None:
    whole = manifest(NAMES[1])
    features = SimpleNamespace(**whole["features"])
    assert listened["command"] == {one["command"] for one in features.slash_commands}
    for kind in ("global", "message"):
        named_so = {one["callback_id"] for one in features.shortcuts if one["type"] == kind}
        assert listened[f"{kind}_shortcut"] == named_so
    assert listened["function"] == whole["functions"].keys()
    subscribed = set(whole["settings"]["event_subscriptions"]["bot_events"]) - {"function_executed"}
    # Slack names the kind of channel in the subscription, not in the event.
    assert listened["event"] == {name.partition(".")[0] for name in subscribed}
