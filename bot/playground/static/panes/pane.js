// The pane beside the conversation: shows one thing at a time; Escape closes it and restores the focus.

import { at, iconButton } from "../dom.js";
import { fitLayers } from "../layers.js";

const pane = at("pane");
let opener = null;
let current = "";
let onClose = () => {};

export const showing = () => current;

export function openPane(name, title, body, closed = () => {}) {
  if (!current) opener = document.activeElement;
  else if (current !== name) onClose();
  const fresh = current !== name;
  current = name;
  onClose = closed;
  at("pane-title").textContent = title;
  at("pane-body").replaceChildren(...body);
  pane.dataset.kind = name;
  pane.hidden = false;
  document.body.classList.add("with-pane");
  fitLayers();
  if (fresh) at("pane-title").focus();
}

export function closePane() {
  if (!current) return;
  current = "";
  pane.hidden = true;
  document.body.classList.remove("with-pane");
  fitLayers();
  at("pane-body").replaceChildren();
  onClose();
  onClose = () => {};
  // The element may have been redrawn meanwhile; then the focus goes to its message.
  const again = opener?.isConnected ? opener : at("text");
  again.focus();
}

export function start() {
  pane.querySelector(".pane-head").append(iconButton("close", "Close", closePane));
}
