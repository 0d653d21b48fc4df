// Makes what lies under an open drawer or pane inert, for the keyboard and screen readers too.

import { at } from "./dom.js";

const phone = matchMedia("(max-width: 48rem)");
const narrow = matchMedia("(max-width: 64rem)");

export const isPhone = () => phone.matches;

export function fitLayers() {
  const drawer = phone.matches && at("sidebar").classList.contains("open");
  const covered = narrow.matches && !at("pane").hidden;
  at("sidebar").inert = phone.matches && !drawer;
  at("pane").inert = drawer;
  at("main").inert = drawer || covered;
  document.querySelector(".skip").inert = drawer || covered;
  at("shade").hidden = !drawer && !(covered && !phone.matches);
}

export function start() {
  for (const size of [phone, narrow]) size.addEventListener("change", fitLayers);
  fitLayers();
}
