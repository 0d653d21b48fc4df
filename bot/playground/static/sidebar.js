// The sidebar: channels with unread marks, the app, the three people. On a phone it is a drawer.

import { avatar } from "./conversation/message.js";
import { at, icon, make } from "./dom.js";
import { fitLayers, isPhone } from "./layers.js";
import { notice } from "./notices.js";
import { closePane } from "./panes/pane.js";
import { go, here, isUnread, load, on, state, takeChannels, tellAll } from "./state.js";

const sidebar = at("sidebar");
const menu = at("menu");
let drawn = "";

function entry(channel) {
  const current = channel.id === state.channel;
  const isApp = channel.kind === "im";
  const unread = !current && isUnread(channel);
  const mark = isApp ? avatar(state.app.user, "tiny") : icon(channel.kind === "private" ? "lock" : "hash");
  const node = make(
    "button",
    {
      type: "button",
      data: { channel: channel.id },
      class: unread ? "unread" : "",
      "aria-current": current ? "page" : undefined,
    },
    mark,
    make("span", { class: "grow name", title: channel.name }, channel.name),
  );
  if (channel.shared) node.append(make("span", { class: "tag" }, "shared"));
  if (channel.archived) node.append(make("span", { class: "tag" }, "archived"));
  if (unread) node.append(make("span", "dot-unread"), make("span", "hidden", "unread"));
  node.addEventListener("click", () => {
    go(channel.id);
    close();
    at("text").focus();
  });
  return make("li", {}, node);
}

export function drawSidebar() {
  // Redrawn only if something changed, since a redraw would lose the focus or a click in progress.
  const picture = JSON.stringify([
    state.team,
    state.channel,
    state.app,
    state.channels.map((one) => ({ ...one, latest: isUnread(one) })),
  ]);
  if (picture === drawn) return;
  drawn = picture;
  const focused = document.activeElement?.closest("#channels button, #apps button")?.dataset.channel;
  at("team").textContent = state.team;
  at("channels").replaceChildren(...state.channels.filter((one) => one.kind !== "im").map(entry));
  at("apps").replaceChildren(...state.channels.filter((one) => one.kind === "im").map(entry));
  if (focused) sidebar.querySelector(`[data-channel="${CSS.escape(focused)}"]`)?.focus();
  const any = state.channels.some((one) => one.id !== state.channel && isUnread(one));
  menu.classList.toggle("marked", any);
}

export function drawPeople() {
  const choose = (person) => {
    const radio = make("input", { type: "radio", name: "person", value: person.id, class: "hidden" });
    radio.checked = person.id === state.user;
    radio.addEventListener("change", () =>
      load(person.id).catch((error) => {
        notice(error.message);
        drawPeople();
      }),
    );
    return make(
      "label",
      { class: "person", title: person.name },
      radio,
      avatar(person.id, "small"),
      make("span", {}, person.role),
    );
  };
  const box = at("people");
  const had = box.contains(document.activeElement);
  box.replaceChildren(box.querySelector("legend"), ...state.people.map(choose));
  if (had) box.querySelector("input:checked")?.focus();
}

export function drawBar() {
  const channel = here();
  const isApp = channel.kind === "im";
  at("where").textContent = isApp ? channel.name : `#${channel.name}`;
  const person = state.people.find((one) => one.id === state.user);
  // On a phone there is only room for the role.
  const who = person ? `You are ${person.name}, ${person.role === "guest" ? "a" : "an"} ` : "";
  at("about").replaceChildren(make("span", "not-phone", who), make("span", "role", person?.role ?? ""));
  at("tabs").hidden = !isApp;
  for (const name of ["messages", "home"]) {
    const tab = at(`tab-${name}`);
    const chosen = state.tab === name;
    tab.setAttribute("aria-selected", String(chosen));
    tab.tabIndex = chosen ? 0 : -1;
  }
  at("talk").hidden = state.tab === "home";
  at("home").hidden = state.tab !== "home";
  document.title = `${isApp ? channel.name : `#${channel.name}`} · segbot playground`;
}

export function close() {
  if (!sidebar.classList.contains("open")) return;
  sidebar.classList.remove("open");
  menu.setAttribute("aria-expanded", "false");
  fitLayers();
}

function open() {
  sidebar.classList.add("open");
  menu.setAttribute("aria-expanded", "true");
  fitLayers();
  (sidebar.querySelector("[aria-current]") ?? sidebar.querySelector("button")).focus();
}

export const isOpen = () => sidebar.classList.contains("open");

export function start() {
  menu.append(icon("menu"));
  menu.addEventListener("click", () => (isOpen() ? close() : open()));
  at("shade").addEventListener("click", () => (isOpen() ? close() : closePane()));
  window.addEventListener("resize", () => isPhone() || close());
  const tabs = at("tabs");
  for (const name of ["messages", "home"]) at(`tab-${name}`).addEventListener("click", () => go(state.channel, name));
  tabs.addEventListener("keydown", (event) => {
    if (!["ArrowLeft", "ArrowRight"].includes(event.key)) return;
    go(state.channel, state.tab === "home" ? "messages" : "home");
    at(`tab-${state.tab}`).focus();
  });
  on("channels", drawSidebar);
  // Channels read in another tab count as read here.
  window.addEventListener("storage", drawSidebar);
  on("news:channels", (news) => {
    takeChannels(news);
    if (here()) tellAll("changed");
    else go(state.channels[0].id);
  });
}
