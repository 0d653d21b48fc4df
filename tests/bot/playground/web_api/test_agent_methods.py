"""The methods of agents and of workflow steps, by Slack's rules."""

from __future__ import annotations

from typing import Any

import pytest
from counterpart import FAST, client_of, refusal

from bot.playground.server import Playground

PROMPTS = [{"title": "Help", "message": "What can you do?"}]


async def test_prompts_are_for_a_direct_message_and_four_at_most() -> None:
    async with Playground(timing=FAST) as pg:
        client, workspace = client_of(pg), pg.workspace
        await client.assistant_threads_setSuggestedPrompts(channel_id=workspace.dm.id, prompts=PROMPTS)
        assert workspace.agent.prompts == {workspace.dm.id: tuple(PROMPTS)}
        # Of an agent, Slack ignores these without a word.
        for channel, thread in ((workspace.dm.id, "1.2"), (workspace.general.id, None)):
            other = [{"title": "Other", "message": "Other"}]
            await client.assistant_threads_setSuggestedPrompts(channel_id=channel, thread_ts=thread, prompts=other)
        assert workspace.agent.prompts == {workspace.dm.id: tuple(PROMPTS)}
        for wrong in ([], PROMPTS * 5, [{"title": "No message"}], [{"title": "", "message": "x"}]):
            call = client.assistant_threads_setSuggestedPrompts(channel_id=workspace.dm.id, prompts=wrong)
            assert (await refusal(call))["error"] == "invalid_arguments"


async def test_prompts_need_their_scope_and_a_status_does_not() -> None:
    async with Playground(scopes=["chat:write"]) as pg:
        client, workspace = client_of(pg), pg.workspace
        call = client.assistant_threads_setSuggestedPrompts(channel_id=workspace.dm.id, prompts=PROMPTS)
        assert (await refusal(call))["needed"] == "assistant:write"
        asked = workspace.say(workspace.analyst, workspace.dm, "?")
        await client.assistant_threads_setStatus(channel_id=workspace.dm.id, thread_ts=asked.ts, status="is looking…")
        assert workspace.agent.statuses == {(workspace.dm.id, asked.ts): "is looking…"}


async def test_an_answer_in_the_thread_or_an_empty_status_ends_a_status() -> None:
    async with Playground(timing=FAST) as pg:
        client, workspace = client_of(pg), pg.workspace
        asked = workspace.say(workspace.analyst, workspace.dm, "?")
        where: dict[str, Any] = {"channel_id": workspace.dm.id, "thread_ts": asked.ts}
        await client.assistant_threads_setStatus(**where, status="is looking…")
        await client.chat_postMessage(channel=workspace.dm.id, text="beside the thread")
        assert workspace.agent.statuses
        await client.chat_postMessage(channel=workspace.dm.id, text="in it", thread_ts=asked.ts)
        assert not workspace.agent.statuses
        await client.assistant_threads_setStatus(**where, status="is looking…")
        await client.assistant_threads_setStatus(**where, status="")
        assert not workspace.agent.statuses
        lost = client.assistant_threads_setStatus(channel_id=workspace.dm.id, thread_ts="9.9", status="is looking…")
        assert (await refusal(lost))["error"] == "invalid_thread_ts"


@pytest.mark.parametrize("own_token", [True, False])
async def test_a_step_ends_once_by_the_apps_token_or_its_own(own_token: bool) -> None:
    async with Playground(timing=FAST) as pg:
        agent = pg.workspace.agent
        step = await pg.deliver.run_step("step", {"customer": "x"})
        assert not step.ended
        client = client_of(pg, step.token) if own_token else client_of(pg)
        wrong = client.api_call("functions.completeSuccess", params={"function_execution_id": step.id})
        assert (await refusal(wrong))["error"] == "invalid_arguments"
        broken = {"function_execution_id": step.id, "outputs": "{"}
        assert (await refusal(client.api_call("functions.completeSuccess", params=broken)))["error"] == "invalid_json"
        await client.functions_completeSuccess(function_execution_id=step.id, outputs={"segment": "Target"})
        assert agent.steps[step.id].outputs == {"segment": "Target"}
        again = client_of(pg).functions_completeError(function_execution_id=step.id, error="too late")
        assert (await refusal(again))["error"] == "function_execution_not_found"
        # Its token was valid for this run alone.
        assert (await refusal(client_of(pg, step.token).auth_test()))["error"] == "invalid_auth"


async def test_a_step_that_fails_says_why() -> None:
    async with Playground(timing=FAST) as pg:
        step = await pg.deliver.run_step("step", {})
        await client_of(pg).functions_completeError(function_execution_id=step.id, error="No customer.")
        assert pg.workspace.agent.steps[step.id].error == "No customer."
