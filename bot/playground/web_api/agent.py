"""The methods of agents and of custom steps: `assistant.threads.*` and `functions.*`."""

from __future__ import annotations

import json
from typing import Final

from bot.playground.web_api.call import Call, Method
from bot.playground.web_api.errors import ApiError, with_messages
from bot.playground.workspace.agent import Step
from bot.playground.workspace.records import Json

_MOST_PROMPTS: Final = 4


def _set_status(call: Call) -> Json:
    channel = call.channel("channel_id")
    thread = call.text("thread_ts")
    message = call.workspace.message(channel, thread)
    if message is None or message.ephemeral_to is not None:
        raise ApiError("invalid_thread_ts")
    call.workspace.agent.show_status(channel.id, message.thread_ts or message.ts, call.text("status", ""))
    return {}


def _set_prompts(call: Call) -> Json:
    channel = call.channel("channel_id")
    prompts = _parsed(call.args.get("prompts"))
    if not isinstance(prompts, list) or not prompts or not all(map(_is_prompt, prompts)):
        raise with_messages("invalid_arguments", ["[ERROR] each prompt needs a title and a message"])
    if len(prompts) > _MOST_PROMPTS:
        raise with_messages("invalid_arguments", [f"[ERROR] no more than {_MOST_PROMPTS} prompts allowed"])
    # As in Slack: with `thread_ts` the call of an agent has no effect, and no error says so.
    if channel.kind == "im" and not call.text("thread_ts", ""):
        call.workspace.agent.suggest(channel.id, prompts)
    return {}


def _complete(call: Call) -> Json:
    outputs = _parsed(call.args.get("outputs"))
    if not isinstance(outputs, dict):
        raise with_messages("invalid_arguments", ["[ERROR] missing required field: outputs"])
    call.workspace.agent.end_step(_running(call), outputs=outputs)
    return {}


def _fail(call: Call) -> Json:
    call.workspace.agent.end_step(_running(call), error=call.text("error"))
    return {}


def _running(call: Call) -> Step:
    """Return the run an argument names; one that has ended cannot end again."""
    step = call.workspace.agent.steps.get(call.text("function_execution_id"))
    if step is None or step.ended:
        raise ApiError("function_execution_not_found")
    return step


def _is_prompt(prompt: object) -> bool:
    return (
        isinstance(prompt, dict)
        and prompt.keys() == {"title", "message"}
        and all(isinstance(text, str) and text for text in prompt.values())
    )


def _parsed(value: object) -> object:
    """Return an argument that may come as JSON text."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        raise ApiError("invalid_json") from None


METHODS: Final = {
    "assistant.threads.setStatus": Method(_set_status, ("chat:write", "assistant:write")),
    "assistant.threads.setSuggestedPrompts": Method(_set_prompts, ("assistant:write",)),
    "functions.completeSuccess": Method(_complete),
    "functions.completeError": Method(_fail),
}
