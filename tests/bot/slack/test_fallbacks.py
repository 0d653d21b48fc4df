"""A reply is shown in the best form that Slack takes; anything but a refused block is somebody else's to handle."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from slack_sdk.errors import SlackApiError

from bot.blocks.reply import Reply
from bot.slack.fallbacks import REFUSALS, show_somehow

FORMS = tuple(Reply(text, []) for text in ("with a chart", "with a picture", "in words"))


class Channel:
    """Refuses so many messages, then takes one."""

    def __init__(self, *refusals: str) -> None:
        self.refusals = list(refusals)
        self.tried: list[str] = []

    async def show(self, reply: Reply) -> None:
        self.tried.append(reply.text)
        if self.refusals:
            word = self.refusals.pop(0)
            answer = SimpleNamespace(data={"ok": False, "error": word})
            raise SlackApiError(word, answer)  # type: ignore[no-untyped-call]  # slack_sdk annotates only a part


@pytest.mark.parametrize("word", sorted(REFUSALS))
async def test_shows_the_next_form_when_slack_refuses_one(word: str) -> None:
    channel, made = Channel(word), []

    async def picture() -> Reply:
        made.append(1)
        return FORMS[1]

    await show_somehow(channel.show, FORMS[0], picture, FORMS[2])
    assert channel.tried == ["with a chart", "with a picture"]
    assert made == [1]


async def test_makes_no_form_that_is_not_needed() -> None:
    async def picture() -> Reply:
        raise AssertionError("this form is not needed")

    channel = Channel()
    await show_somehow(channel.show, FORMS[0], picture)
    assert channel.tried == ["with a chart"]


async def test_raises_what_slack_says_of_the_last_form() -> None:
    channel = Channel(*["invalid_blocks"] * 3)
    with pytest.raises(SlackApiError):
        await show_somehow(channel.show, *FORMS)
    assert len(channel.tried) == 3


async def test_raises_any_other_refusal_at_once() -> None:
    channel = Channel("channel_not_found")
    with pytest.raises(SlackApiError):
        await show_somehow(channel.show, *FORMS)
    assert channel.tried == ["with a chart"]
