// Parses Slack's mrkdwn (marks, code, quotes, links, mentions, dates, escapes) into elements, never into HTML.

import { make } from "../dom.js";
import { state } from "../state.js";
import { formatDate } from "../times.js";
import { withEmoji } from "./emoji.js";

const ENTITIES = { "&lt;": "<", "&gt;": ">", "&amp;": "&" };
export const unescaped = (text) => text.replace(/&(?:lt|gt|amp);/g, (entity) => ENTITIES[entity]);

const BEFORE = "(?<![\\p{L}\\p{N}_*~`])";
const AFTER = "(?![\\p{L}\\p{N}_*~`])";
// Text between two marks. Code and <…> are matched whole, so that a mark inside them does not end it.
const marked = (mark) =>
  `${BEFORE}${mark}(?=\\S)(?:<[^<>\\n]+>|\`[^\`\\n]+\`|[^${mark}\\n<\`])+(?<!\\s)${mark}${AFTER}`;
const ADDRESS = "(?<![\\p{L}\\p{N}])https?:\\/\\/[^\\s<>|]*[^\\s<>|.,;:!?)\\]'\"]";
const INLINE = new RegExp(`(\`[^\`\\n]+\`|<[^<>\\n]+>|${["\\*", "_", "~"].map(marked).join("|")})`, "u");
const BARE = new RegExp(`(${ADDRESS})`, "u");
const TAGS = { "*": "strong", _: "em", "~": "s" };
const SAFE = /^(?:https?|mailto|tel):/i;
export const isSafe = (address) => SAFE.test(address ?? "");

export function link(address, text = address) {
  if (!isSafe(address)) return make("span", {}, text);
  return make("a", { href: address, target: "_blank", rel: "noopener noreferrer" }, text);
}

export const userMention = (id) => make("span", { class: "mention", title: id }, `@${state.names[id] ?? id}`);
export const channelMention = (id) =>
  make("span", { class: "mention", title: id }, `#${state.channel_names[id] ?? id}`);
export const broadcast = (range) => make("span", "mention loud", `@${range}`);

function angle(inside) {
  const bar = inside.indexOf("|");
  const target = bar < 0 ? inside : inside.slice(0, bar);
  const label = bar < 0 ? null : unescaped(inside.slice(bar + 1));
  if (target.startsWith("@")) return userMention(target.slice(1));
  if (target.startsWith("#")) return channelMention(target.slice(1));
  if (target.startsWith("!date^")) {
    const [, seconds, pattern, address] = target.split("^");
    const text = make("time", { title: label ?? "" }, formatDate(Number(seconds), unescaped(pattern ?? "")));
    return address ? link(unescaped(address), text) : text;
  }
  if (target.startsWith("!subteam^")) return broadcast((label ?? target.slice(9)).replace(/^@/, ""));
  if (target.startsWith("!")) return broadcast(label ?? target.slice(1));
  return link(unescaped(target), label ?? unescaped(target));
}

function inline(text, parent, linked) {
  text.split(INLINE).forEach((piece, index) => {
    if (piece === "") return;
    if (index % 2 === 0) {
      piece.split(linked ? BARE : /(?!)/).forEach((part, turn) => {
        if (turn % 2) parent.append(link(unescaped(part)));
        else parent.append(withEmoji(unescaped(part)));
      });
    } else if (piece[0] === "`") parent.append(make("code", {}, unescaped(piece.slice(1, -1))));
    else if (piece[0] === "<") parent.append(angle(piece.slice(1, -1)));
    else inline(piece.slice(1, -1), parent.appendChild(make(TAGS[piece[0]])), linked);
  });
}

function lines(text, parent, linked) {
  let quote = null;
  let first = true;
  for (const line of text.split("\n")) {
    const quoted = /^&gt; ?/.exec(line);
    if (quoted) {
      if (!quote) quote = parent.appendChild(make("blockquote"));
      else quote.append("\n");
      inline(line.slice(quoted[0].length), quote, linked);
      first = true;
      continue;
    }
    if (!first) parent.append("\n");
    quote = null;
    const bullet = /^[•◦▪] /.test(line);
    inline(line, bullet ? parent.appendChild(make("span", "bullet")) : parent, linked);
    first = bullet;
  }
}

const QUOTED_REST = /(?:^|\n)&gt;&gt;&gt; ?/;

function paragraphs(text, node, linked) {
  const pieces = text.split(/(```[\s\S]+?```)/);
  for (const [index, piece] of pieces.entries()) {
    const whole = index > 0 ? piece.replace(/^\n/, "") : piece;
    const rest = index % 2 ? null : QUOTED_REST.exec(whole);
    if (index % 2) node.append(make("pre", {}, unescaped(piece.slice(3, -3).replace(/^\n|\n$/g, ""))));
    else if (rest) {
      if (rest.index) lines(whole.slice(0, rest.index), node, linked);
      const quoted = whole.slice(rest.index + rest[0].length) + pieces.slice(index + 1).join("");
      paragraphs(quoted, node.appendChild(make("blockquote")), linked);
      return;
    } else if (whole) lines(whole, node, linked);
  }
}

export function mrkdwn(text, { className = "text", verbatim = false } = {}) {
  const node = make("div", className);
  paragraphs(text, node, !verbatim);
  return node;
}

export const plain = (text) => withEmoji(unescaped(text));

export function textObject(object, className = "text") {
  return object.type === "mrkdwn"
    ? mrkdwn(object.text, { className, verbatim: object.verbatim === true })
    : make("div", className, plain(object.text));
}
