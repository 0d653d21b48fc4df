// The app's shortcuts: those of a message in its menu, those of the whole workspace beside the message box.

import { at, icon, iconButton, make } from "../dom.js";
import { busy } from "../notices.js";
import { tell } from "../server.js";
import { state } from "../state.js";

const MARGIN = 8;

const ofKind = (kind) => state.shortcuts.filter((one) => one.kind === kind);

function item(shortcut, where, menu, control) {
  const node = make(
    "button",
    { class: "menu-item", type: "button", role: "menuitem" },
    make("strong", {}, shortcut.name),
    make("span", "hint", shortcut.description),
  );
  node.addEventListener("click", () => {
    menu.hidePopover();
    return busy(control, state.app.name, () => tell("shortcut", { user: state.user, id: shortcut.id, ...where }));
  });
  return node;
}

// Above the control if there is room, and never beyond the window.
function place(menu, control) {
  const anchor = control.getBoundingClientRect();
  const box = menu.getBoundingClientRect();
  const above = anchor.top - box.height - 4;
  const left = Math.min(anchor.left, window.innerWidth - box.width - MARGIN);
  menu.style.top = `${above >= MARGIN ? above : anchor.bottom + 4}px`;
  menu.style.left = `${Math.max(MARGIN, left)}px`;
}

function onKey(event) {
  const items = [...event.currentTarget.querySelectorAll(".menu-item")];
  const index = items.indexOf(document.activeElement);
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step) items[(index + step + items.length) % items.length].focus();
  else if (event.key === "Escape") event.currentTarget.hidePopover();
  else return;
  // Otherwise Escape would close the pane beside it, and arrows would walk through the messages.
  event.preventDefault();
  event.stopPropagation();
}

function openMenu(control, kind, where) {
  const menu = make("div", { class: "menu", role: "menu", popover: "auto", "aria-label": control.title });
  menu.append(...ofKind(kind).map((one) => item(one, where, menu, control)));
  menu.addEventListener("keydown", onKey);
  menu.addEventListener("toggle", (event) => {
    if (event.newState !== "closed") return;
    if (menu.contains(document.activeElement) || document.activeElement === document.body) control.focus();
    menu.remove();
  });
  (control.closest("main, aside") ?? document.body).append(menu);
  menu.showPopover();
  place(menu, control);
  menu.querySelector(".menu-item").focus();
}

// As in Slack, what only one person sees has no shortcuts.
export function messageMenu(message) {
  if (message.ephemeral || !ofKind("message").length) return null;
  const node = iconButton("more", "More actions", () =>
    openMenu(node, "message", { channel: message.channel, ts: message.ts }),
  );
  node.setAttribute("aria-haspopup", "menu");
  return node;
}

export function draw() {
  at("shortcuts").hidden = !ofKind("global").length;
}

export function start() {
  const button = at("shortcuts");
  button.append(icon("plus"));
  button.setAttribute("aria-haspopup", "menu");
  button.addEventListener("click", () => openMenu(button, "global", {}));
}
