// The beginning of a channel, with suggestions to try with one click and a sample file.

import { at, fileSize, icon, iconButton, make } from "../dom.js";
import { busy, notice } from "../notices.js";
import { dropSample, tell } from "../server.js";
import { go, here, load, remember, remembered, state, tellAll } from "../state.js";

const ICONS = { analyst: "spark", admin: "again" };

// Switches to an admin if the suggestion needs one. False if the user chose somebody else meanwhile.
async function be(role) {
  const person = state.people.find((one) => one.role === role);
  return role !== "admin" || person.id === state.user || load(person.id);
}

// Commands work in every channel, files only in channels the app is in.
function goWithFile() {
  const before = here();
  if (before.app && before.kind !== "im") return;
  const channel = state.channels.find((one) => one.name === "general");
  go(channel.id);
  notice(`Switched to #${channel.name}: the file is shared there, for everybody to see.`, "good");
}

async function take(suggestion, control) {
  await busy(control, state.app.name, async () => {
    if (!(await be(suggestion.role))) return null;
    if (suggestion.needs_file || !suggestion.command) goWithFile();
    tellAll("said");
    const who = { user: state.user, channel: state.channel };
    if (!suggestion.command) return dropSample(suggestion.file ? { ...who, file: suggestion.file } : who);
    if (suggestion.needs_file) await dropSample({ ...who, if_none: "1" });
    return tell("command", { ...who, text: suggestion.command });
  });
}

function button(suggestion, className) {
  const name = suggestion.command ? (ICONS[suggestion.role] ?? "spark") : "table";
  const node = make(
    "button",
    { class: className, type: "button", title: suggestion.detail },
    icon(name),
    make(
      "span",
      "grow",
      make("strong", {}, suggestion.title),
      make("span", "hint", suggestion.command || suggestion.detail),
    ),
  );
  node.addEventListener("click", () => take(suggestion, node));
  return node;
}

function sampleLink() {
  if (!state.sample) return null;
  const link = make("a", { href: "/playground/sample", download: state.sample.name }, state.sample.name);
  return make(
    "p",
    "hint sample",
    icon("download"),
    make(
      "span",
      {},
      "Or download ",
      link,
      ` (${state.sample.origin}, ${fileSize(state.sample.size)}) and drop it anywhere on this page.`,
    ),
  );
}

export function drawWelcome() {
  const channel = here();
  const node = at("welcome");
  node.replaceChildren();
  if (!channel) return;
  if (channel.archived) {
    node.append(
      make("h3", {}, "This channel is archived"),
      make("p", "hint", "You can read its messages but not add new ones."),
    );
    return;
  }
  const title =
    channel.kind === "im" ? `Your conversation with ${channel.name}` : `This is the beginning of #${channel.name}`;
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
  const away = remembered("suggestions") === "away";
  const possible = state.suggestions.length > 0 && Boolean(here()?.app) && !here().archived;
  node.hidden = away || !possible;
  at("offers").hidden = !away || !possible;
  if (node.hidden) return;
  node.append(...state.suggestions.map((one) => button(one, "chip")));
  if (state.sample) {
    node.append(
      make(
        "a",
        { class: "chip quiet", href: "/playground/sample", download: state.sample.name },
        icon("download"),
        "Sample CSV",
      ),
    );
  }
  node.append(
    iconButton("close", "Hide suggestions", () => {
      remember("suggestions", "away");
      drawSuggestions();
      at("text").focus();
    }),
  );
}

export function start() {
  const button = at("offers");
  button.append(icon("spark"));
  button.addEventListener("click", () => {
    remember("suggestions", "");
    drawSuggestions();
    at("suggestions").querySelector("button").focus();
  });
}
