// The page: who you are, where you are, what was said; kept up to date by server-sent events.

import { drawBlock, make, mrkdwn } from "./blocks.js";

const at = (id) => document.getElementById(id);
const stream = at("stream");
const state = { user: "", channel: "", names: {} };
let news = null;
let newsFor = null;

async function ask(path, options = {}) {
  const response = await fetch(path, options);
  if (!response.ok) throw new Error(await response.text());
  return response.json();
}

async function tell(path, body) {
  const json = { "Content-Type": "application/json" };
  const sent = JSON.stringify({ user: state.user, channel: state.channel, ...body });
  return ask(path, { method: "POST", headers: json, body: sent });
}

async function busy(control, work) {
  control?.setAttribute("aria-busy", "true");
  at("status").textContent = "…";
  try {
    const { status } = await work();
    at("status").textContent = status === 200 ? "" : "The app did not answer.";
  } catch (error) {
    at("status").textContent = error.message;
  } finally {
    control?.removeAttribute("aria-busy");
  }
}

function drawMessage(message) {
  const item = make("li");
  item.dataset.ts = message.ts;
  item.classList.toggle("ephemeral", message.ephemeral);
  item.classList.toggle("reply", message.thread_ts !== null);
  const act = (control, action_id, block_id, value) =>
    busy(control, () => tell("/playground/action", { ts: message.ts, action_id, block_id, value }));
  const time = new Date(Number(message.ts) * 1000).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  const edited = message.edited ? " (edited)" : "";
  item.append(make("span", "who", state.names[message.user] ?? message.user), " ");
  item.append(make("span", "when", (message.app ? "APP " : "") + time + edited));
  if (message.ephemeral) item.append(make("div", "hint", "Only visible to you"));
  if (message.blocks.length) item.append(...message.blocks.map((block) => drawBlock(block, act)));
  else if (message.text) item.append(mrkdwn(message.text));
  for (const file of message.files) item.append(drawFile(file));
  return item;
}

function drawFile(file) {
  const link = make("a", "", `${file.name} (${file.size} bytes)`);
  link.href = `/playground/files/${encodeURIComponent(file.id)}`;
  link.download = file.name;
  if (!file.image) return link;
  const picture = make("img");
  picture.src = link.href;
  picture.alt = file.name;
  return picture;
}

function show(message) {
  const old = stream.querySelector(`li[data-ts="${CSS.escape(message.ts)}"]`);
  const atEnd = stream.scrollHeight - stream.scrollTop - stream.clientHeight < 80;
  const drawn = drawMessage(message);
  if (old) old.replaceWith(drawn);
  else stream.insertBefore(drawn, [...stream.children].find((item) => item.dataset.ts > message.ts) ?? null);
  if (atEnd) stream.scrollTop = stream.scrollHeight;
}

function listen() {
  news?.close();
  newsFor = state.user;
  news = new EventSource(`/playground/events?user=${encodeURIComponent(state.user)}`);
  // What was said before the connection stood, or while it was broken, is fetched.
  news.onopen = () => load(state.user, state.channel);
  news.onmessage = (event) => {
    const { kind, message } = JSON.parse(event.data);
    if (message.channel !== state.channel) return;
    if (kind === "deleted") stream.querySelector(`li[data-ts="${CSS.escape(message.ts)}"]`)?.remove();
    else show(message);
  };
}

async function load(user, channel) {
  if (user !== state.user || channel !== state.channel) {
    Object.assign(state, { user, channel });
    stream.replaceChildren();
  }
  const query = new URLSearchParams();
  if (user) query.set("user", user);
  if (channel) query.set("channel", channel);
  const found = await ask(`/playground/state?${query}`);
  Object.assign(state, { user: found.user, channel: found.channel, names: found.names });
  at("team").textContent = `${found.app} · ${found.team}`;
  at("people").replaceChildren(
    ...found.people.map((one) => {
      const option = make("option", "", `${one.name} (${one.role})`);
      option.value = one.id;
      option.selected = one.id === state.user;
      return option;
    }),
  );
  at("channels").replaceChildren(...found.channels.map(drawChannel));
  at("commands").replaceChildren(
    ...found.commands.map((one) => {
      const option = make("option", "", [one.hint, one.description].filter(Boolean).join(" — "));
      option.value = `${one.name} `;
      return option;
    }),
  );
  if (newsFor !== state.user) listen();
  found.messages.forEach(show);
}

function drawChannel(channel) {
  const item = make("li");
  const button = item.appendChild(make("button", "", channel.name));
  button.setAttribute("aria-current", String(channel.id === state.channel));
  button.addEventListener("click", () => load(state.user, channel.id));
  return item;
}

async function upload(file) {
  const query = new URLSearchParams({ user: state.user, channel: state.channel, name: file.name });
  const octets = { "Content-Type": "application/octet-stream" };
  await busy(null, () => ask(`/playground/upload?${query}`, { method: "POST", headers: octets, body: file }));
}

at("people").addEventListener("change", (event) => load(event.target.value, ""));
at("composer").addEventListener("submit", async (event) => {
  event.preventDefault();
  const text = at("text").value;
  if (!text.trim()) return;
  at("text").value = "";
  await busy(at("send"), () => tell("/playground/command", { text }));
});
at("file").addEventListener("change", async (event) => {
  for (const file of event.target.files) await upload(file);
  event.target.value = "";
});
document.addEventListener("dragover", (event) => event.preventDefault());
document.addEventListener("drop", async (event) => {
  event.preventDefault();
  for (const file of event.dataTransfer.files) await upload(file);
});

load("", "").catch((error) => {
  at("status").textContent = error.message;
});
