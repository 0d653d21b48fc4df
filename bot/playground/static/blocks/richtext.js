// Draws rich_text blocks, and the subset of Markdown that markdown blocks support.

import { make } from "../dom.js";
import { formatDate } from "../times.js";
import { emojiOf } from "./emoji.js";
import { broadcast, channelMention, link, userMention } from "./mrkdwn.js";

const STYLES = { bold: "strong", italic: "em", strike: "s", underline: "u", code: "code" };

function styled(content, style = {}) {
  return Object.entries(STYLES).reduce((inner, [name, tag]) => (style[name] ? make(tag, {}, inner) : inner), content);
}

function emoji(part) {
  if (part.unicode) {
    return String.fromCodePoint(...part.unicode.split("-").map((code) => Number.parseInt(code, 16)));
  }
  return emojiOf(part.name) ?? `:${part.name}:`;
}

const PARTS = {
  text: (part) => part.text,
  link: (part) => link(part.url, part.text ?? part.url),
  emoji,
  user: (part) => userMention(part.user_id),
  channel: (part) => channelMention(part.channel_id),
  usergroup: (part) => broadcast(part.usergroup_id),
  broadcast: (part) => broadcast(part.range),
  date: (part) => make("time", {}, formatDate(part.timestamp, part.format)),
  color: (part) => make("code", {}, part.value),
};

const parts = (elements) =>
  elements.map((part) => styled(PARTS[part.type] ? PARTS[part.type](part) : JSON.stringify(part), part.style));

function element(one) {
  switch (one.type) {
    case "rich_text_list": {
      const list = make(one.style === "ordered" ? "ol" : "ul", { class: `indent-${Math.min(one.indent ?? 0, 5)}` });
      if (one.offset) list.start = one.offset + 1;
      list.append(...one.elements.map((item) => make("li", {}, ...parts(item.elements))));
      return list;
    }
    case "rich_text_quote":
      return make("blockquote", {}, ...parts(one.elements));
    case "rich_text_preformatted":
      return make("pre", {}, ...parts(one.elements));
    case "rich_text_section":
      return make("div", "text", ...parts(one.elements));
    default:
      return make("pre", "json", JSON.stringify(one, null, 2));
  }
}

export const richText = (block) => make("div", "rich", ...block.elements.map(element));

const MARKS =
  /(`[^`\n]+`|\*\*(?=\S)[^*\n]+?(?<=\S)\*\*|~~(?=\S)[^~\n]+?(?<=\S)~~|\*(?=\S)[^*\n]+?(?<=\S)\*|_(?=\S)[^_\n]+?(?<=\S)_|\[[^\]\n]+\]\([^)\s]+\))/;

function spans(text) {
  return text.split(MARKS).map((piece, index) => {
    if (index % 2 === 0) return piece;
    if (piece[0] === "`") return make("code", {}, piece.slice(1, -1));
    if (piece.startsWith("**")) return make("strong", {}, ...spans(piece.slice(2, -2)));
    if (piece.startsWith("~~")) return make("s", {}, ...spans(piece.slice(2, -2)));
    if (piece[0] === "[") {
      const [, label, address] = /^\[([^\]]+)\]\(([^)]+)\)$/.exec(piece);
      return link(address, label);
    }
    return make("em", {}, ...spans(piece.slice(1, -1)));
  });
}

// Markdown as the `markdown` block supports it: headings, lists, quotes, code, paragraphs.
export function markdown(text) {
  const node = make("div", "rich");
  text.split(/(```[\s\S]*?(?:```|$))/).forEach((piece, index) => {
    if (index % 2) {
      node.append(make("pre", {}, piece.replace(/^```[^\n]*\n?/, "").replace(/\n?```$/, "")));
      return;
    }
    let list = null;
    for (const line of piece.split("\n")) {
      const heading = /^(#{1,6}) +(.*)$/.exec(line);
      const item = /^\s*(?:[-*+]|(\d+)[.)]) +(.*)$/.exec(line);
      if (item) {
        const tag = item[1] ? "OL" : "UL";
        if (list?.tagName !== tag) list = node.appendChild(make(tag.toLowerCase()));
        list.append(make("li", {}, ...spans(item[2])));
        continue;
      }
      list = null;
      if (heading) node.append(make("p", `heading level-${heading[1].length}`, ...spans(heading[2])));
      else if (/^> ?/.test(line)) node.append(make("blockquote", {}, ...spans(line.replace(/^> ?/, ""))));
      else if (/^(-{3,}|\*{3,})$/.test(line)) node.append(make("hr"));
      else if (line.trim()) node.append(make("p", {}, ...spans(line)));
    }
  });
  return node;
}
