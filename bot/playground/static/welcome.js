// The beginning of a channel, and the first minute: things to try with one click, a file to try them on.

import { at, fileSize, icon, iconButton, make } from "./dom.js";
import { busy } from "./notices.js";
import { dropSample, tell } from "./server.js";
import { here, load, remember, remembered, state, tellAll } from "./state.js";

const ICONS = { analyst: "spark", admin: "again" };

async function be(role) {
  const person = state.people.find((one) => one.role === role);
  if (person && person.id !== state.user) {
    await load(person.id);
  }
}

async function take(suggestion, control) {
  if (!here()?.app || here().kind === "im") {
    const place = state.channels.find((one) => one.name === "general");
    state.channel = place.id;
  }
  await busy(control, state.app.name, async () => {
    await be(suggestion.role);
    tellAll("moved");
    tellAll("said");
    const who = { user: state.user, channel: state.channel };
    if (suggestion.command) return tell("command", { ...who, text: suggestion.command });
    return dropSample(who);
  });
}

function button(suggestion, className) {
  const name = suggestion.command ? (ICONS[suggestion.role] ?? "spark") : "table";
  const node = make("button", { class: className, type: "button", title: suggestion.detail }, icon(name),
    make("span", "grow", make("strong", {}, suggestion.title), make("span", "hint", suggestion.command || suggestion.detail)));
  node.addEventListener("click", () => take(suggestion, node));
  return node;
}

function sampleLink() {
  if (!state.sample) return null;
  const link = make("a", { href: "/playground/sample", download: state.sample.name }, state.sample.name);
  return make("p", "hint sample", icon("download"), make("span", {}, "Or download ", link, ` (${state.sample.origin}, ${fileSize(state.sample.size)}) and drop it anywhere on this page.`));
}

export function drawWelcome() {
  const channel = here();
  const node = at("welcome");
  node.replaceChildren();
  if (!channel) return;
  const title = channel.kind === "im" ? `Your conversation with ${channel.name}` : `This is the beginning of #${channel.name}`;
  const inside = channel.app
    ? `${state.app.name} is in here. Type / to see what it can do, or start with one of these:`
    : `${state.app.name} is not a member of this channel, so it sees no files that are dropped here. Commands work anywhere.`;
  node.append(make("h3", {}, title), make("p", "hint", inside));
  if (channel.app && state.suggestions.length) {
    node.append(make("div", "offers", ...state.suggestions.map((one) => button(one, "offer"))), sampleLink() ?? "");
  }
}

export function drawSuggestions() {
  const node = at("suggestions");
  node.replaceChildren();
  node.hidden = remembered("suggestions") === "away" || !state.suggestions.length || !here()?.app;
  if (node.hidden) return;
  node.append(...state.suggestions.map((one) => button(one, "chip")));
  if (state.sample) {
    node.append(make("a", { class: "chip quiet", href: "/playground/sample", download: state.sample.name }, icon("download"), "Sample CSV"));
  }
  node.append(iconButton("close", "Hide suggestions", () => {
    remember("suggestions", "away");
    drawSuggestions();
    at("text").focus();
  }));
}
