// The channel's messages: the page holds a window of them and fetches older and newer ones while scrolling.

import { at, icon, make } from "../dom.js";
import { notice } from "../notices.js";
import { ask } from "../server.js";
import { channelOf, heardOf, on, state } from "../state.js";
import { dayName, sameDay } from "../times.js";
import { drawMessage, walkable } from "./message.js";
import { drawWelcome } from "./welcome.js";

const MOST = 240;
const NEAR = 600;
const TOGETHER_SECONDS = 300;

const stream = at("stream");
const list = at("messages");
const jump = at("jump");
const ends = { older: false, newer: false };
let shown = "";
let pinned = true;
let missed = false;
// Where the stream stood when it was last looked at, and how high it and its contents were.
let last = { top: 0, content: 0, box: 0 };
// Whether somebody has turned the wheel or drawn a finger since.
let pulled = false;
let fetching = false;
let generation = 0;
// Messages changed by live updates during a fetch: the fetched version may be older, so it is ignored.
const touched = new Set();
let asking = 0;

const where = () => ({ user: state.user, channel: state.channel });
const itemOf = (ts) => list.querySelector(`:scope > [data-ts="${CSS.escape(ts)}"]`);
const isAfter = (one, other) => Number(one) > Number(other);

function arrange(item) {
  if (!item) return;
  const before = item.previousElementSibling;
  item.querySelector(":scope > .day")?.remove();
  const newDay = !before || !sameDay(before.dataset.ts, item.dataset.ts);
  if (newDay && !(ends.older && !before))
    item.prepend(make("div", { class: "day" }, make("span", {}, dayName(item.dataset.ts))));
  const together =
    !newDay &&
    before.dataset.user === item.dataset.user &&
    !item.classList.contains("ephemeral") &&
    !before.classList.contains("ephemeral") &&
    Number(item.dataset.ts) - Number(before.dataset.ts) < TOGETHER_SECONDS;
  item.classList.toggle("together", together);
  item.classList.toggle("new-day", newDay);
}

function placeNews(message) {
  touched.add(message.ts);
  place(message);
}

function place(message) {
  const old = itemOf(message.ts);
  // An unchanged message stays as it is: drawn anew, its pictures would be empty for a moment and its inputs cleared.
  if (old && isSame(old.message, message)) return;
  const item = drawMessage(message);
  if (old) {
    const focused = old.contains(document.activeElement);
    old.replaceWith(item);
    if (focused) item.focus({ preventScroll: true });
  } else {
    let next = null;
    for (let one = list.lastElementChild; one && isAfter(one.dataset.ts, message.ts); one = one.previousElementSibling)
      next = one;
    list.insertBefore(item, next);
  }
  arrange(item);
  arrange(item.nextElementSibling);
}

const isSame = (one, other) => JSON.stringify(one) === JSON.stringify(other);

function remove(item) {
  const next = item?.nextElementSibling;
  item?.remove();
  arrange(next);
}

const standing = () => ({ top: stream.scrollTop, content: stream.scrollHeight, box: stream.clientHeight });

function toEnd() {
  stream.scrollTop = stream.scrollHeight;
  last = standing();
}

// Updates `pinned` from the current position. Scroll events come late, and a message that arrives before one must not
// undo the scrolling.
function look() {
  const now = standing();
  const left = now.content - now.top - now.box;
  // If a height has changed, the browser may have moved the position: a picture that loads makes messages taller, one
  // that is drawn anew makes them lower for a moment. Only without such a change, or with a hand on it, is it scrolling.
  const scrolledUp = now.top < last.top && (pulled || (now.content === last.content && now.box === last.box));
  if (left < 60 || scrolledUp) pinned = left < 60 && !ends.newer;
  last = now;
  pulled = false;
  return left;
}

function drawEnds() {
  at("welcome").hidden = ends.older;
  if (pinned) missed = false;
  const far = stream.scrollHeight - stream.scrollTop - stream.clientHeight > stream.clientHeight;
  jump.hidden = !ends.newer && (pinned || !(far || missed));
}

async function fetchSpan(query) {
  // Drawing anew outdates every answer still to come; fetching further messages does not.
  if (!query) generation += 1;
  const own = generation;
  if (!asking) touched.clear();
  asking += 1;
  let found;
  try {
    found = await ask("messages", { ...where(), ...query });
  } finally {
    asking -= 1;
  }
  if (own !== generation || shown !== `${state.user} ${state.channel}`) return null;
  return {
    ...found,
    all: found.messages.map((one) => one.ts),
    messages: found.messages.filter((one) => !touched.has(one.ts)),
  };
}

// Draws the newest messages.
export async function show() {
  const key = `${state.user} ${state.channel}`;
  const fresh = key !== shown;
  if (fresh) {
    shown = key;
    list.replaceChildren();
    Object.assign(ends, { older: false, newer: false });
    drawWelcome();
    pinned = true;
  } else if (ends.newer || !pinned) {
    // The user is reading further up: update the messages there and keep the position.
    await refresh();
    return;
  }
  const found = await fetchSpan();
  if (!found) return;
  if (!fresh) look();
  if (!pinned) {
    await refresh();
    return;
  }
  Object.assign(ends, { older: found.older, newer: false });
  const wanted = new Set(found.messages.map((one) => one.ts));
  for (const item of [...list.children])
    if (!wanted.has(item.dataset.ts) && !touched.has(item.dataset.ts)) remove(item);
  found.messages.forEach(place);
  arrange(list.firstElementChild);
  toEnd();
  drawEnds();
}

async function refresh() {
  const first = list.firstElementChild?.dataset.ts;
  const last = list.lastElementChild?.dataset.ts;
  if (!first) return;
  const there = new Set();
  let after = (Number(first) - 0.000001).toFixed(6);
  let found;
  do {
    found = await fetchSpan({ after });
    if (!found) return;
    found.messages.forEach(place);
    for (const ts of found.all) there.add(ts);
    after = found.all.at(-1);
  } while (found.newer && after && isAfter(last, after));
  for (const item of [...list.children]) {
    const { ts } = item.dataset;
    if (!there.has(ts) && !touched.has(ts) && !isAfter(ts, after ?? last)) remove(item);
  }
  ends.newer = found.newer;
  drawEnds();
}

async function more(older) {
  if (fetching || !list.children.length) return;
  fetching = true;
  try {
    const { ts } = (older ? list.firstElementChild : list.lastElementChild).dataset;
    const found = await fetchSpan(older ? { before: ts } : { after: ts });
    // The channel may have been redrawn meanwhile, or the message deleted.
    const edge = itemOf(ts);
    if (!found || !edge) return;
    const top = edge.getBoundingClientRect().top;
    const batch = found.messages.map((message) => drawMessage(message));
    if (older) {
      list.prepend(...batch);
      ends.older = found.older;
    } else {
      list.append(...batch);
      ends.newer = found.newer;
    }
    while (list.children.length > MOST) {
      (older ? list.lastElementChild : list.firstElementChild).remove();
      if (older) ends.newer = true;
      else ends.older = true;
    }
    batch.forEach(arrange);
    arrange(edge.isConnected ? edge : null);
    arrange(list.firstElementChild);
    stream.scrollTop += edge.getBoundingClientRect().top - top;
    drawEnds();
  } finally {
    fetching = false;
  }
}

on("news:message", ({ message, root }) => {
  heardOf(message);
  if (message.channel !== state.channel) return;
  if (root && itemOf(root.ts)) placeNews(root);
  // A direct message's threads are shown as one conversation.
  if (message.thread_ts && channelOf(message.channel)?.kind !== "im") return;
  if (ends.newer && !itemOf(message.ts)) {
    drawEnds();
    return;
  }
  look();
  placeNews(message);
  while (pinned && list.children.length > MOST) {
    list.firstElementChild.remove();
    ends.older = true;
  }
  if (pinned) toEnd();
  else missed = true;
  drawEnds();
});

on("news:deleted", ({ message, root }) => {
  if (message.channel !== state.channel) return;
  if (root && itemOf(root.ts)) placeNews(root);
  touched.add(message.ts);
  remove(itemOf(message.ts));
});

async function follow() {
  pinned = true;
  if (ends.newer) shown = "";
  await show();
  toEnd();
}

export function start() {
  jump.append(icon("down"), "Newest messages");
  jump.addEventListener("click", async () => {
    await follow().catch((error) => notice(error.message));
    at("text").focus();
  });
  // Somebody who sends something wants to see the answer.
  on("said", () => {
    if (!pinned || ends.newer) follow().catch((error) => notice(error.message));
  });
  stream.addEventListener("scroll", () => {
    const left = look();
    const wanted = stream.scrollTop < NEAR && ends.older ? more(true) : left < NEAR && ends.newer && more(false);
    if (wanted) wanted.catch((error) => notice(error.message));
    drawEnds();
  });
  for (const gesture of ["wheel", "touchmove"])
    stream.addEventListener(
      gesture,
      () => {
        pulled = true;
      },
      { passive: true },
    );
  // Pictures and previews load later and make messages taller.
  for (const one of [list, stream]) {
    new ResizeObserver(() => {
      look();
      if (pinned) toEnd();
    }).observe(one);
  }
  walkable(stream);
}
