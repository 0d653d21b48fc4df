// The thread pane: the first message, its replies, and a reply box.

import { drawMessage, repliesText, walkable } from "../conversation/message.js";
import { icon, make } from "../dom.js";
import { busy, notice } from "../notices.js";
import { ask, tell } from "../server.js";
import { here, on, state } from "../state.js";
import { closePane, openPane, showing } from "./pane.js";

let root = null;
let list = null;
// Messages changed by live updates during a fetch: the fetched version may be older, so it is ignored.
const touched = new Set();

const isAfter = (one, other) => Number(one) > Number(other);

function replyBox() {
  const closed = Boolean(here()?.archived);
  const box = make("textarea", {
    rows: 1,
    "aria-label": "Reply",
    placeholder: closed ? "This channel is archived" : "Reply…",
    disabled: closed,
  });
  const send = make(
    "button",
    { class: "icon-button", type: "submit", "aria-label": "Send reply", title: "Send reply", disabled: closed },
    icon("send"),
  );
  const form = make("form", "reply-box", box, send);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const text = box.value.trim();
    if (!text) return;
    box.value = "";
    const told = await busy(send, state.app.name, () =>
      tell("command", { user: state.user, channel: root.channel, text, thread_ts: root.ts }),
    );
    if (told === null && !box.value) box.value = text;
    else toEnd();
  });
  box.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      form.requestSubmit();
    }
  });
  return form;
}

function toEnd() {
  const scroller = list.parentElement;
  scroller.scrollTop = scroller.scrollHeight;
}

function count() {
  const replies = list.children.length - 1;
  const first = list.firstElementChild;
  let line = list.querySelector(".count");
  line?.remove();
  if (replies > 0 && first) {
    line = make("div", "count", make("span", {}, repliesText({ count: replies })));
    first.append(line);
  }
}

function put(message) {
  const item = drawMessage(message, { inThread: true });
  const old = list.querySelector(`:scope > [data-ts="${CSS.escape(message.ts)}"]`);
  if (old) {
    const focused = old.contains(document.activeElement);
    old.replaceWith(item);
    if (focused) item.focus({ preventScroll: true });
  } else list.insertBefore(item, [...list.children].find((one) => isAfter(one.dataset.ts, message.ts)) ?? null);
  count();
}

async function fill() {
  const own = root;
  touched.clear();
  const { messages } = await ask("thread", { user: state.user, channel: own.channel, ts: own.ts });
  if (own !== root) return;
  const there = new Set(messages.map((one) => one.ts));
  for (const item of [...list.children])
    if (!there.has(item.dataset.ts) && !touched.has(item.dataset.ts)) item.remove();
  messages.filter((one) => !touched.has(one.ts)).forEach(put);
}

async function open(message) {
  const channel = message.channel;
  root = { channel, ts: message.thread_ts ?? message.ts };
  list = make("ol", { class: "messages thread-list" });
  const scroller = make("div", { class: "scroll-y thread", tabIndex: 0, role: "log", "aria-label": "Thread" }, list);
  walkable(scroller);
  const name = here()?.name ?? "";
  openPane("thread", `Thread in ${here()?.kind === "im" ? name : `#${name}`}`, [scroller, replyBox()], () => {
    root = null;
  });
  // It is read from its beginning; replies that arrive are followed once the reader is at the end.
  await fill().catch((error) => notice(error.message));
}

const mine = (message) =>
  root &&
  showing() === "thread" &&
  message.channel === root.channel &&
  (message.thread_ts === root.ts || message.ts === root.ts);

export function start() {
  on("open-thread", open);
  on("news:message", ({ message }) => {
    if (!mine(message)) return;
    const scroller = list.parentElement;
    touched.add(message.ts);
    const end = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < 80;
    put(message);
    if (end) toEnd();
  });
  on("news:deleted", ({ message }) => {
    if (!mine(message)) return;
    touched.add(message.ts);
    if (message.ts === root.ts) closePane();
    else {
      list.querySelector(`:scope > [data-ts="${CSS.escape(message.ts)}"]`)?.remove();
      count();
    }
  });
  on("refetch", () => root && fill().catch((error) => notice(error.message)));
}
