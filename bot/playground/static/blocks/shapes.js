// Draws coloured squares and circles, the marks of segments and verdicts: many machines have no font that holds these emoji.

const COLOURS = {
  "🟦": "#3b88c3",
  "🟪": "#aa8ed6",
  "🟧": "#f4900c",
  "🟩": "#78b159",
  "🟫": "#a0673e",
  "🟥": "#dd2e44",
  "🟨": "#fdcb58",
  "🔵": "#55acee",
  "🟣": "#7a4fb5",
  "🔴": "#be1931",
  "🟢": "#5c9a3f",
  "🟡": "#fdcb58",
  "🟠": "#f4900c",
};
const ROUND = new Set(["🔵", "🟣", "🔴", "🟢", "🟡", "🟠"]);
const SHAPES = new RegExp(`(${Object.keys(COLOURS).join("|")})`, "u");

function shape(character) {
  const node = document.createElement("span");
  node.className = ROUND.has(character) ? "shape round" : "shape";
  node.style.backgroundColor = COLOURS[character];
  // The character stays, unseen, so that a copied text has it.
  node.textContent = character;
  return node;
}

export function withShapes(node) {
  const texts = [];
  const walker = document.createTreeWalker(node, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) if (SHAPES.test(walker.currentNode.data)) texts.push(walker.currentNode);
  for (const text of texts) {
    // An option can hold nothing but text.
    if (text.parentElement?.closest("option")) continue;
    const parts = text.data.split(SHAPES).filter(Boolean);
    text.replaceWith(...parts.map((part) => (Object.hasOwn(COLOURS, part) ? shape(part) : part)));
  }
  return node;
}
