// Draws one message: author, time, content, files, thread summary, and its actions.

import { drawBlock, drawBlocks } from "../blocks/blocks.js";
import { enteredIn, image, json } from "../blocks/elements.js";
import { mrkdwn } from "../blocks/mrkdwn.js";
import { withShapes } from "../blocks/shapes.js";
import { fileSize, icon, iconButton, make } from "../dom.js";
import { busy } from "../notices.js";
import { ask, fileAddress, tell } from "../server.js";
import { channelOf, nameOf, state, tellAll } from "../state.js";
import { ago, clockTime, exactTime } from "../times.js";
import { fetchAndSave } from "./downloads.js";
import { messageMenu } from "./shortcuts.js";

export function avatar(user, className = "") {
  if (user === state.app.user) return make("img", { class: `avatar ${className}`, src: "/static/icon.svg", alt: "" });
  const initials = nameOf(user)
    .split(/\s+/)
    .map((word) => word[0])
    .join("")
    .slice(0, 2);
  const hue = [...(state.handles[user] ?? user)].reduce((sum, char) => (sum * 31 + char.codePointAt(0)) % 6, 0);
  return make("span", { class: `avatar tone-${hue} ${className}`, "aria-hidden": "true" }, initials);
}

// Cached, since files never change but a message is redrawn for every reply.
const previews = new Map();

function previewOf(file) {
  if (!previews.has(file.id)) {
    const asked = ask(`files/${encodeURIComponent(file.id)}/preview`);
    previews.set(file.id, asked);
    asked.catch(() => previews.delete(file.id));
  }
  return previews.get(file.id);
}

async function tablePreview(file, box) {
  const { head, rows, lines } = await previewOf(file);
  if (!head.length) return;
  const line = (cells, tag) =>
    make("tr", {}, ...cells.map((text) => make(tag, tag === "th" ? { scope: "col" } : {}, text)));
  const body = make(
    "table",
    {},
    make("thead", {}, line(head, "th")),
    make("tbody", {}, ...rows.map((row) => line(row, "td"))),
  );
  box.append(
    make(
      "div",
      { class: "scroll preview", tabIndex: 0, role: "group", "aria-label": `First rows of ${file.name}` },
      body,
    ),
  );
  if (lines > rows.length)
    box.append(make("p", "hint more-rows", `and ${(lines - rows.length).toLocaleString()} more rows`));
}

function drawFile(file) {
  const address = fileAddress(file.id);
  const save = make(
    "a",
    {
      class: "icon-button",
      href: address,
      download: file.name,
      "aria-label": `Download ${file.name}`,
      title: "Download",
    },
    icon("download"),
  );
  save.addEventListener("click", (event) => {
    event.preventDefault();
    fetchAndSave(file);
  });
  if (file.image) {
    const picture = image({ slack_file: { id: file.id }, alt_text: file.title || file.name });
    return make(
      "figure",
      "file-image",
      make("figcaption", "hint", file.title || file.name, " · ", fileSize(file.size)),
      picture,
    );
  }
  const head = make(
    "div",
    "file-head",
    make("span", "file-kind", icon(file.table ? "table" : "file")),
    make(
      "div",
      "grow",
      make("div", { class: "file-name", title: file.name }, file.name),
      make("div", "hint", `${file.kind.toUpperCase()} · ${fileSize(file.size)}`),
    ),
    save,
  );
  const box = make("div", "file", head);
  if (file.table) tablePreview(file, box).catch(() => box.append(make("p", "hint", "No preview.")));
  return box;
}

function attachment(one) {
  if (one.blocks) return make("div", "attachment", ...one.blocks.map((block) => drawBlock(block, () => null)));
  const text = one.text ?? one.fallback;
  return make("div", "attachment", text ? withShapes(mrkdwn(text)) : json(one));
}

export function repliesText(replies) {
  return replies.count === 1 ? "1 reply" : `${replies.count} replies`;
}

function threadLine(message) {
  const { replies } = message;
  const faces = replies.users.slice(0, 4).map((user) => avatar(user, "tiny"));
  const open = () => tellAll("open-thread", message);
  return make(
    "button",
    { class: "replies", type: "button", on: { click: open } },
    make("span", "faces", ...faces),
    make("strong", {}, repliesText(replies)),
    make("span", { class: "hint", data: { last: replies.latest } }, lastReply(replies.latest)),
  );
}

const lastReply = (ts) => `Last reply ${ago(ts)}`;

export function redrawTimes() {
  for (const node of document.querySelectorAll("[data-last]")) node.textContent = lastReply(node.dataset.last);
}

function toolbar(message, inThread) {
  const bar = make("div", "toolbar");
  if (!inThread && !message.ephemeral) {
    bar.append(iconButton("thread", "Reply in thread (T)", () => tellAll("open-thread", message)));
  }
  const more = messageMenu(message);
  if (more) bar.append(more);
  bar.append(iconButton("code", "Inspect what made this message (I)", () => tellAll("open-inspector", message)));
  return bar;
}

function time(ts) {
  return make(
    "time",
    { class: "when", dateTime: new Date(Number(ts) * 1000).toISOString(), title: `${exactTime(ts)} (${ago(ts)})` },
    clockTime(ts),
  );
}

export function drawMessage(message, { inThread = false } = {}) {
  const body = make("div", "body");
  const act = (control, element, block, value) =>
    busy(control, state.app.name, () =>
      tell("action", {
        user: state.user,
        channel: message.channel,
        ts: message.ts,
        action_id: element.action_id,
        block_id: block.block_id,
        value,
        state: enteredIn(body),
      }),
    );
  const edited = message.edited ? make("span", "hint", " (edited)") : null;
  if (message.ephemeral) body.append(make("div", "only-you", icon("eye"), "Only visible to you"));
  const head = make(
    "div",
    "head",
    make("strong", "who", nameOf(message.user)),
    message.app ? make("span", "badge", "APP") : null,
    time(message.ts),
  );
  body.append(head);
  if (message.blocks.length) body.append(...drawBlocks(message.blocks, act), edited ?? "");
  else if (message.text) {
    const text = withShapes(mrkdwn(message.text));
    if (edited) text.append(edited);
    body.append(text);
  }
  body.append(...message.attachments.map(attachment));
  if (message.files.length) body.append(make("div", "files", ...message.files.map(drawFile)));
  const apart = channelOf(message.channel)?.kind !== "im";
  if (!inThread && apart && message.replies.count) body.append(threadLine(message));
  const item = make(
    "li",
    { class: "message", tabIndex: -1, data: { ts: message.ts, user: message.user } },
    avatar(message.user),
    body,
    toolbar(message, inThread),
  );
  item.setAttribute(
    "aria-label",
    `${nameOf(message.user)}, ${clockTime(message.ts)}${message.ephemeral ? ", only visible to you" : ""}`,
  );
  item.classList.toggle("ephemeral", message.ephemeral);
  item.message = message;
  return item;
}

// Arrow keys move through the messages, T opens the thread, I the inspector.
export function walkable(container) {
  container.addEventListener("keydown", (event) => {
    const current = document.activeElement.closest?.(".message");
    if (event.target.closest("input, textarea, select, button, a")) return;
    const items = [...container.querySelectorAll(".message")];
    const index = items.indexOf(current);
    if (event.key === "ArrowUp" || event.key === "ArrowDown") {
      const next = event.key === "ArrowUp" ? items[index < 0 ? items.length - 1 : index - 1] : items[index + 1];
      if (!next) return;
      event.preventDefault();
      next.focus();
    } else if (current && event.key.toLowerCase() === "t" && !current.message.ephemeral) {
      tellAll("open-thread", current.message);
    } else if (current && event.key.toLowerCase() === "i") {
      tellAll("open-inspector", current.message);
    }
  });
}
