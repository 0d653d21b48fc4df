// Draws emoji: squares and circles, the marks of segments and verdicts, and those that apps use most.

import { svg } from "../dom.js";
import { DRAWINGS } from "./drawings.js";

const COLOURS = {
  "🟦": "#3b88c3",
  "🟪": "#aa8ed6",
  "🟧": "#f4900c",
  "🟩": "#78b159",
  "🟫": "#a0673e",
  "🟥": "#dd2e44",
  "🟨": "#fdcb58",
  "⬜": "#e1e8ed",
  "⬛": "#31373d",
  "🔵": "#55acee",
  "🟣": "#7a4fb5",
  "🔴": "#be1931",
  "🟢": "#5c9a3f",
  "🟡": "#fdcb58",
  "🟠": "#f4900c",
  "⚪": "#e1e8ed",
  "⚫": "#31373d",
};
const ROUND = new Set(["🔵", "🟣", "🔴", "🟢", "🟡", "🟠", "⚪", "⚫"]);
// Asks for the emoji instead of the text form of a character that has both.
const AS_EMOJI = "\ufe0f";
const EMOJI = new RegExp(`((?:${[...Object.keys(COLOURS), ...Object.keys(DRAWINGS)].join("|")})${AS_EMOJI}?)`, "u");

const bare = (emoji) => emoji.replace(AS_EMOJI, "");
export const isDrawn = (emoji) => Object.hasOwn(COLOURS, bare(emoji)) || Object.hasOwn(DRAWINGS, bare(emoji));

function stroke({ d, fill = "none", stroke: colour = "none", width = 0, transform = "" }) {
  const attributes = { d, fill, stroke: colour, "stroke-width": width, transform };
  return svg("path", { ...attributes, "stroke-linecap": "round", "stroke-linejoin": "round" });
}

function shape(emoji) {
  const node = document.createElement("span");
  const colour = COLOURS[bare(emoji)];
  node.className = ROUND.has(bare(emoji)) ? "shape round" : "shape";
  if (colour) node.style.backgroundColor = colour;
  // The character stays, unseen, so that a copied text has it.
  node.textContent = emoji;
  if (colour) return node;
  node.classList.add("drawn");
  node.append(svg("svg", { viewBox: "0 0 16 16", "aria-hidden": "true" }, ...DRAWINGS[bare(emoji)].map(stroke)));
  return node;
}

export function withShapes(node) {
  const texts = [];
  const walker = document.createTreeWalker(node, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) if (EMOJI.test(walker.currentNode.data)) texts.push(walker.currentNode);
  for (const text of texts) {
    // An option can hold nothing but text.
    if (text.parentElement?.closest("option, .shape")) continue;
    const parts = text.data.split(EMOJI).filter(Boolean);
    text.replaceWith(...parts.map((part) => (isDrawn(part) ? shape(part) : part)));
  }
  return node;
}
