// The message box: text, slash commands with completion, and the history of what was typed.

import { at, icon, make } from "../dom.js";
import { busy } from "../notices.js";
import { tell } from "../server.js";
import { channelOf, state, tellAll } from "../state.js";
import { pick } from "./uploads.js";

const text = at("text");
const box = at("completion");
const MOST_LINES = 8;
const typedBefore = [];
let recall = -1;
let active = 0;
let offered = [];

function grow() {
  text.style.height = "auto";
  // An empty box stays one line high, even if its placeholder would need more.
  if (!text.value) return;
  const line = Number.parseFloat(getComputedStyle(text).lineHeight);
  text.style.height = `${Math.min(text.scrollHeight, line * MOST_LINES + 20)}px`;
}

function optionId(index) {
  return `command-${index}`;
}

function hide() {
  box.hidden = true;
  offered = [];
  text.removeAttribute("aria-activedescendant");
}

function row(command, index) {
  const chosen = index === active;
  const node = make(
    "div",
    { class: "command", role: "option", id: optionId(index), "aria-selected": String(chosen) },
    make("strong", {}, command.name),
    command.hint ? make("code", {}, command.hint) : null,
    make("span", "hint grow", command.description),
  );
  // mousedown, since by the time of a click the box has lost the focus and is hidden.
  node.addEventListener("mousedown", (event) => {
    event.preventDefault();
    complete(command);
  });
  return node;
}

function offer() {
  const typed = text.value;
  const [, name, rest] = /^(\/\S*)(\s[\s\S]*)?$/.exec(typed) ?? [];
  if (!name) return hide();
  if (rest !== undefined) {
    const command = state.commands.find((one) => one.name === name);
    hide();
    if (!command) return undefined;
    box.hidden = false;
    box.setAttribute("role", "note");
    box.replaceChildren(
      make(
        "div",
        "usage",
        make("strong", {}, command.name),
        command.hint ? make("code", {}, command.hint) : null,
        make("span", "hint grow", command.description),
      ),
    );
    return undefined;
  }
  offered = state.commands.filter((one) => one.name.startsWith(name.toLowerCase()));
  if (!offered.length) return hide();
  active = Math.min(active, offered.length - 1);
  box.hidden = false;
  box.setAttribute("role", "listbox");
  box.setAttribute("aria-label", "Commands");
  box.replaceChildren(...offered.map(row));
  text.setAttribute("aria-activedescendant", optionId(active));
  return undefined;
}

function complete(command) {
  text.value = `${command.name} `;
  offer();
  grow();
}

async function send() {
  const typed = text.value.trim();
  if (!typed) return;
  typedBefore.unshift(typed);
  recall = -1;
  text.value = "";
  hide();
  grow();
  tellAll("said");
  const answer = await busy(at("send"), state.app.name, () =>
    tell("command", { user: state.user, channel: state.channel, text: typed }),
  );
  // If it could not be sent, the text is put back.
  if (answer === null && !text.value) text.value = typed;
  grow();
}

function onKey(event) {
  if (event.isComposing) return;
  if (offered.length && ["ArrowDown", "ArrowUp"].includes(event.key)) {
    event.preventDefault();
    active = (active + (event.key === "ArrowDown" ? 1 : offered.length - 1)) % offered.length;
    offer();
  } else if (offered.length && (event.key === "Tab" || event.key === "Enter") && text.value !== offered[active].name) {
    event.preventDefault();
    complete(offered[active]);
  } else if (event.key === "Enter" && !event.shiftKey) {
    event.preventDefault();
    send();
  } else if (event.key === "Escape" && !box.hidden) {
    event.preventDefault();
    event.stopPropagation();
    hide();
  } else if (event.key === "ArrowUp" && (text.value === "" || recall >= 0) && typedBefore[recall + 1]) {
    event.preventDefault();
    recall += 1;
    text.value = typedBefore[recall];
    grow();
  } else if (event.key === "ArrowDown" && recall >= 0) {
    event.preventDefault();
    recall -= 1;
    text.value = typedBefore[recall] ?? "";
    grow();
  }
}

export function drawComposer() {
  const channel = channelOf(state.channel);
  const place = channel?.kind === "im" ? channel.name : `#${channel?.name}`;
  text.placeholder = `Message ${place}, or type /`;
  const closed = Boolean(channel?.archived);
  for (const control of [text, at("send"), at("attach")]) control.disabled = closed;
  if (closed) text.placeholder = `${place} is archived`;
}

export function start() {
  at("send").append(icon("send"));
  at("attach").append(icon("clip"));
  at("attach").addEventListener("click", pick);
  text.addEventListener("input", () => {
    recall = -1;
    active = 0;
    offer();
    grow();
  });
  text.addEventListener("keydown", onKey);
  text.addEventListener("blur", hide);
  text.addEventListener("focus", offer);
  at("composer").addEventListener("submit", (event) => {
    event.preventDefault();
    send();
  });
}
