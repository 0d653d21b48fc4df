// The beginning of a channel, and above the message box suggestions to try with one click and a sample file.

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

function chip(suggestion) {
  const name = suggestion.command ? (ICONS[suggestion.role] ?? "spark") : "table";
  const title = suggestion.command ? `${suggestion.detail}: ${suggestion.command}` : suggestion.detail;
  const node = make("button", { class: "chip", type: "button", title }, icon(name), suggestion.title);
  node.addEventListener("click", () => take(suggestion, node));
  return node;
}

function sampleChip() {
  const { name, origin, size } = state.sample;
  const title = `${name}: ${origin}, ${fileSize(size)}. Drop it anywhere on this page.`;
  return make(
    "a",
    { class: "chip quiet", href: "/playground/sample", download: name, title },
    icon("download"),
    "Sample CSV",
  );
}

export function drawWelcome() {
  const channel = here();
  const node = at("welcome");
  node.replaceChildren();
  if (!channel) return;
  if (channel.archived) {
    node.append(
      make("h2", {}, "This channel is archived"),
      make("p", "hint", "You can read its messages but not add new ones."),
    );
    return;
  }
  const { name } = state.app;
  const title =
    channel.kind === "im" ? `Your conversation with ${channel.name}` : `This is the beginning of #${channel.name}`;
  const inside = channel.app
    ? `${name} is in here. Drop a file of customers, type / to see what ${name} can do, or click something to try below.`
    : `${name} is not a member of this channel, so it sees no files that are dropped here. Commands work anywhere.`;
  node.append(make("h2", {}, title), make("p", "hint", inside));
  if (!channel.app) node.append(make("p", "hint", "To invite it, type ", make("code", {}, `/invite @${name}`), "."));
}

export function drawSuggestions() {
  const node = at("suggestions");
  node.replaceChildren();
  const away = remembered("suggestions") === "away";
  const possible = state.suggestions.length > 0 && Boolean(here()?.app) && !here().archived;
  node.hidden = away || !possible;
  at("offers").hidden = !away || !possible;
  if (node.hidden) return;
  node.append(...state.suggestions.map(chip));
  if (state.sample) node.append(sampleChip());
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
