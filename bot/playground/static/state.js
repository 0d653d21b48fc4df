// The page's state: user, channel, names, commands, what has been read. Other modules listen for changes.

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
  channels_at: 0,
  channel_names: {},
  commands: [],
  shortcuts: [],
  prompts: {},
  statuses: {},
  agent_at: 0,
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

// Returns what the listeners return: promises, if they have to fetch something.
export const tellAll = (event, detail) => (listeners.get(event) ?? []).map((listener) => listener(detail));

const stored = (storage, name) => {
  try {
    return storage.getItem(name);
  } catch {
    return null; // storage is blocked, so the page remembers nothing
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

async function stateOf(user) {
  try {
    return await ask("state", user ? { user } : {});
  } catch (error) {
    if (error.status !== 404) throw error;
    return ask("state");
  }
}

let loading = 0;
// As in Slack, a modal belongs to the page it was opened on: modals opened before this page loaded are not shown.
const passed = new Set();
// Modals that were closed here while the app is still being told: they are gone at once, whatever news are on their way.
const closed = new Set();

// A tab remembers handles and channel names, since ids are new after every start of the playground. If another user is
// chosen while this loads, the later choice wins and this returns false.
export async function load(user = stored(sessionStorage, "user")) {
  loading += 1;
  const own = loading;
  let found;
  try {
    found = await stateOf(user);
  } catch (error) {
    if (own !== loading) return false;
    throw error;
  }
  if (own !== loading) return false;
  const { home_channel: general, modals, home, views_at, ...rest } = found;
  if (found.user !== state.user) {
    Object.assign(state, { modals: [], home: null, views_at: 0 });
    for (const view of modals) passed.add(view.root);
  }
  Object.assign(state, rest);
  takeViews({ modals, home, views_at });
  store(sessionStorage, "user", personHere()?.handle ?? "");
  const wanted = stored(sessionStorage, "channel");
  const known = channelOf(state.channel) ?? state.channels.find((one) => one.name === wanted) ?? channelOf(general);
  state.channel = known?.id ?? state.channels[0].id;
  if (here().kind !== "im") state.tab = "messages";
  markRead(state.channel, here().latest);
  tellAll("loaded");
  return true;
}

export function go(channel, tab = "messages") {
  state.channel = channel;
  state.tab = tab;
  store(sessionStorage, "channel", here()?.name ?? "");
  markRead(channel, here()?.latest);
  tellAll("moved");
}

// An answer and a live update may arrive out of order, so one that is older than the current state is ignored.
export function takeViews({ modals, home, views_at }) {
  if (views_at < state.views_at) return;
  const shown = modals.filter((one) => !passed.has(one.root) && !closed.has(one.id));
  Object.assign(state, { modals: shown, home, views_at });
}

export function dropModal(id) {
  closed.add(id);
  state.modals = state.modals.filter((one) => one.id !== id);
}

// The app could not be told: what is open is shown again.
export async function restoreModal(id) {
  closed.delete(id);
  await catchUp();
}

export function takeAgent({ prompts, statuses, agent_at }) {
  if (agent_at < state.agent_at) return;
  Object.assign(state, { prompts, statuses, agent_at });
  tellAll("agent");
}

// As above. A live message is not counted in `channels_at`, so the later `latest` is kept.
export function takeChannels({ channels, channels_at }) {
  if (channels_at < state.channels_at) return;
  for (const channel of channels) {
    const known = channelOf(channel.id)?.latest;
    if (later(known, channel.latest)) channel.latest = known;
  }
  Object.assign(state, { channels, channels_at });
  tellAll("channels");
}

// Fetches what changed between `load` and the first live update.
export async function catchUp() {
  const found = await ask("state", { user: state.user });
  if (found.user !== state.user) return;
  takeChannels(found);
  takeViews(found);
  takeAgent(found);
  tellAll("views");
}

const readKey = (channel) => `read:${state.user}:${channel}`;
const later = (one, other) => Number(one || 0) > Number(other || 0);

export function markRead(channel, ts) {
  if (ts && later(ts, remembered(readKey(channel)))) remember(readKey(channel), ts);
}

export const isUnread = (channel) => later(channel.latest, remembered(readKey(channel.id)));

// Messages that arrived while the page was hidden count as read once it is visible again.
document.addEventListener("visibilitychange", () => {
  if (document.hidden || state.tab !== "messages" || !here()) return;
  markRead(state.channel, here().latest);
  tellAll("channels");
});

export function heardOf(message) {
  const channel = channelOf(message.channel);
  if (!channel) return;
  if (later(message.ts, channel.latest)) channel.latest = message.ts;
  const seen = message.channel === state.channel && !document.hidden && state.tab === "messages";
  if (seen) markRead(message.channel, message.ts);
  tellAll("channels");
}
