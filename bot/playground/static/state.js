// What the page knows: who, where, names, commands; and what has been read. Others listen for what changes.

import { ask } from "./server.js";

export const state = {
  user: "",
  channel: "",
  tab: "messages",
  team: "",
  app: { name: "the app", user: "" },
  people: [],
  names: {},
  handles: {},
  channels: [],
  channel_names: {},
  commands: [],
  suggestions: [],
  sample: null,
  modals: [],
  home: null,
  views_at: 0,
};

const listeners = new Map();

export function on(event, listener) {
  if (!listeners.has(event)) listeners.set(event, []);
  listeners.get(event).push(listener);
}

export function tellAll(event, detail) {
  for (const listener of listeners.get(event) ?? []) listener(detail);
}

const stored = (storage, name) => {
  try {
    return storage.getItem(name);
  } catch {
    return null; // storage is blocked: the page remembers nothing
  }
};

const store = (storage, name, value) => {
  try {
    storage.setItem(name, value);
  } catch {
    // as above
  }
};

export const remembered = (name) => stored(localStorage, name);
export const remember = (name, value) => store(localStorage, name, value);

export const channelOf = (id) => state.channels.find((one) => one.id === id);
export const here = () => channelOf(state.channel);
export const personHere = () => state.people.find((one) => one.id === state.user);
export const nameOf = (user) => state.names[user] ?? user;

// Ids are new after every start of the playground; handles and names are not, so these are what a tab remembers.
export async function load(user = stored(sessionStorage, "user")) {
  let found;
  try {
    found = await ask("state", user ? { user } : {});
  } catch (error) {
    if (error.status !== 404) throw error;
    found = await ask("state");
  }
  const { home_channel: general, modals, home, views_at, ...rest } = found;
  if (found.user !== state.user) Object.assign(state, { modals: [], home: null, views_at: 0 });
  Object.assign(state, rest);
  takeViews({ modals, home, views_at });
  store(sessionStorage, "user", personHere()?.handle ?? "");
  const wanted = stored(sessionStorage, "channel");
  const known = channelOf(state.channel) ?? state.channels.find((one) => one.name === wanted) ?? channelOf(general);
  state.channel = known?.id ?? state.channels[0].id;
  if (here().kind !== "im") state.tab = "messages";
  markRead(state.channel, here().latest);
  tellAll("loaded");
}

export function go(channel, tab = "messages") {
  state.channel = channel;
  state.tab = tab;
  store(sessionStorage, "channel", here()?.name ?? "");
  markRead(channel, here()?.latest);
  tellAll("moved");
}

// An answer and news of the same moment may overtake each other: what is older than what is known is not taken.
export function takeViews({ modals, home, views_at }) {
  if (views_at >= state.views_at) Object.assign(state, { modals, home, views_at });
}

// What changed between `load` and the first news. News may overtake this answer: the later message stays known.
export async function catchUp() {
  const found = await ask("state", { user: state.user });
  if (found.user !== state.user) return;
  for (const channel of found.channels) {
    const known = channelOf(channel.id)?.latest;
    if (later(known, channel.latest)) channel.latest = known;
  }
  state.channels = found.channels;
  takeViews(found);
  tellAll("channels");
  tellAll("views");
}

const readKey = (channel) => `read:${state.user}:${channel}`;
const later = (one, other) => Number(one || 0) > Number(other || 0);

export function markRead(channel, ts) {
  if (ts && later(ts, remembered(readKey(channel)))) remember(readKey(channel), ts);
}

export const isUnread = (channel) => later(channel.latest, remembered(readKey(channel.id)));

export function heardOf(message) {
  const channel = channelOf(message.channel);
  if (!channel) return;
  if (later(message.ts, channel.latest)) channel.latest = message.ts;
  const seen = message.channel === state.channel && !document.hidden && state.tab === "messages";
  if (seen) markRead(message.channel, message.ts);
  tellAll("channels");
}
