// The inspector pane: the requests that led to a message, the app's answers, and the calls that made it.

import { icon, iconButton, make } from "../dom.js";
import { busy, notice } from "../notices.js";
import { ask, tell } from "../server.js";
import { on, state } from "../state.js";
import { openPane, showing } from "./pane.js";

let inspected = null;

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    notice("Copied.", "good");
  } catch {
    notice("This browser does not let the page copy. Select the text instead.");
  }
}

const TOKENS = /("(?:[^"\\]|\\.)*")(\s*:)?|\b(?:true|false|null)\b|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

function coloured(text) {
  const node = make("pre", { class: "json", tabIndex: 0 });
  let end = 0;
  for (const match of text.matchAll(TOKENS)) {
    node.append(text.slice(end, match.index));
    const kind = match[2] !== undefined ? "key" : match[1] ? "string" : "number";
    node.append(make("span", kind, match[1] ?? match[0]), match[2] ?? "");
    end = match.index + match[0].length;
  }
  node.append(text.slice(end));
  return node;
}

function part(title, value) {
  if (value === null || value === undefined || (typeof value === "object" && !Object.keys(value).length)) return null;
  const text = typeof value === "string" ? value : JSON.stringify(value, null, 2);
  const head = make(
    "div",
    "json-head",
    make("h3", "grow", title),
    iconButton("copy", `Copy ${title.toLowerCase()}`, () => copy(text), "small"),
  );
  return make("div", "json-part", head, coloured(text));
}

function again(record) {
  const node = make("button", { class: "button small", type: "button" }, icon("again"), "Deliver again");
  node.addEventListener("click", async () => {
    const answer = await busy(node, state.app.name, () => tell("redeliver", { record: record.id }));
    if (answer && !answer.problem) notice("Delivered again with the same event id.", "good");
  });
  return node;
}

function entry(record, first) {
  const toApp = record.way === "to_app";
  const status = record.problem || (record.status ? String(record.status) : "no answer");
  const time = new Date(record.at * 1000);
  const summary = make(
    "summary",
    {},
    make("span", `way ${record.way}`, icon(toApp ? "to" : "from")),
    make(
      "span",
      "grow record-title",
      make("code", {}, record.title),
      make("span", "hint", toApp ? `Slack → ${state.app.name}` : `${state.app.name} → Slack`),
    ),
    make("span", `status ${record.ok ? "good" : "bad"}`, status),
    make("span", "hint ms", `${record.ms} ms`),
  );
  const node = make("details", { class: "record", open: first }, summary);
  const body = make("div", "record-body");
  body.append(
    make(
      "p",
      "hint",
      `${time.toLocaleTimeString()}.${String(time.getMilliseconds()).padStart(3, "0")}${record.attempt ? `, retry ${record.attempt}` : ""}`,
    ),
  );
  if (record.again) body.append(again(record));
  const names = toApp ? ["Headers", "Payload", "The app's answer"] : ["Headers", "Arguments", "Slack's answer"];
  const values = [record.headers, record.request, record.answer];
  body.append(...names.map((name, index) => part(name, values[index]) ?? ""));
  node.append(body);
  return node;
}

async function draw() {
  const own = inspected;
  const { channel, ts } = own;
  let found;
  try {
    found = await ask("inspect", { user: state.user, channel, ts });
  } catch (error) {
    notice(error.message);
    return;
  }
  if (own !== inspected) return;
  const { message, records } = found;
  const made = records.length
    ? make("div", "records", ...records.map((record, index) => entry(record, index === 0)))
    : make(
        "p",
        "empty hint",
        "There are no requests or calls for this message: a person wrote it, or it was kept from an earlier run.",
      );
  const intro = make(
    "p",
    "hint intro",
    "What Slack and the app sent each other for this message, oldest first. Secrets are left out.",
  );
  const box = make(
    "div",
    { class: "scroll-y inspector", tabIndex: 0, role: "region", "aria-label": "Requests and calls" },
    intro,
    made,
    make(
      "details",
      { class: "record" },
      make(
        "summary",
        {},
        make(
          "span",
          "grow record-title",
          make("code", {}, "message"),
          make("span", "hint", "as the workspace holds it"),
        ),
      ),
      make("div", "record-body", part("Message", message)),
    ),
  );
  openPane("inspector", "Inspector", [box], () => {
    inspected = null;
  });
}

export function start() {
  on("open-inspector", (message) => {
    inspected = { channel: message.channel, ts: message.ts };
    draw();
  });
  on("news:message", ({ message }) => {
    if (inspected && showing() === "inspector" && message.ts === inspected.ts) draw();
  });
}
