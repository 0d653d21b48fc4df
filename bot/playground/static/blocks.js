// Draws Block Kit. Every piece of text goes in as a text node: nothing a message holds can become markup.

export function make(tag, className = "", text = null) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== null) node.textContent = text;
  return node;
}

const unescape = (text) => text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
const MARKS = /(```[\s\S]+?```|`[^`\n]+`|(?<!\w)\*[^*\n]+\*(?!\w)|(?<!\w)_[^_\n]+_(?!\w)|(?<!\w)~[^~\n]+~(?!\w))/;
const TAGS = { "*": "strong", _: "em", "~": "s" };

export function mrkdwn(text, parent = make("div", "text")) {
  text.split(MARKS).forEach((piece, index) => {
    if (index % 2 === 0) parent.append(unescape(piece));
    else if (piece.startsWith("```")) parent.append(make("pre", "", unescape(piece.slice(3, -3))));
    else if (piece.startsWith("`")) parent.append(make("code", "", unescape(piece.slice(1, -1))));
    else mrkdwn(piece.slice(1, -1), parent.appendChild(make(TAGS[piece[0]])));
  });
  return parent;
}

const textObject = (object, className = "text") =>
  object.type === "mrkdwn" ? mrkdwn(object.text, make("div", className)) : make("div", className, unescape(object.text));

function image(element) {
  const id = element.slack_file?.id;
  if (!id) return make("span", "hint", `[image: ${element.alt_text}]`);
  const node = make("img");
  node.alt = element.alt_text;
  node.src = `/playground/files/${encodeURIComponent(id)}`;
  return node;
}

function drawElement(element, block, act) {
  if (element.type === "image") return image(element);
  if (element.type === "button") {
    const button = make("button", element.style ?? "", unescape(element.text.text));
    button.type = "button";
    button.addEventListener("click", () => act(button, element.action_id, block.block_id, null));
    return button;
  }
  const options = [...(element.options ?? []), ...(element.option_groups ?? []).flatMap((group) => group.options)];
  if (options.length === 0) return unknown(element);
  const select = make("select");
  select.setAttribute("aria-label", element.placeholder?.text ?? element.action_id);
  const hint = make("option", "", element.placeholder?.text ?? "…");
  hint.value = "";
  select.append(hint);
  for (const option of options) {
    const node = make("option", "", unescape(option.text.text));
    node.value = option.value;
    select.append(node);
  }
  select.addEventListener("change", () => select.value && act(select, element.action_id, block.block_id, select.value));
  return select;
}

function richPart(part) {
  if (part.type === "text" || part.type === "link") {
    const style = part.style ?? {};
    const tag = style.code ? "code" : style.bold ? "strong" : style.italic ? "em" : style.strike ? "s" : "span";
    return make(tag, "", part.text ?? part.url);
  }
  return make("span", "", part.name ? `:${part.name}:` : (part.fallback ?? `@${part.user_id ?? part.range ?? ""}`));
}

function rich(element) {
  const tags = { rich_text_list: element.style === "ordered" ? "ol" : "ul", rich_text_quote: "blockquote" };
  const node = make(element.type === "rich_text_preformatted" ? "pre" : (tags[element.type] ?? "div"), "text");
  for (const part of element.elements) {
    if (element.type === "rich_text_list") node.appendChild(make("li")).append(rich(part));
    else node.append(richPart(part));
  }
  return node;
}

function cell(content) {
  if (content.type !== "rich_text") return String(content.text ?? content.value);
  const node = make("div");
  node.append(...content.elements.map(rich));
  return node;
}

function table(block, _act, heads = 1) {
  const node = make("table");
  block.rows.forEach((row, index) => {
    const line = node.insertRow();
    row.forEach((content, column) => {
      const box = make(index < heads ? "th" : "td", block.column_settings?.[column]?.align ?? "");
      box.append(cell(content));
      line.append(box);
    });
  });
  const scroll = make("div", "scroll");
  scroll.append(node);
  return scroll;
}

function chart(block) {
  const { segments, series } = block.chart;
  const lines = segments ? [{ name: "", data: segments }] : series;
  const rows = lines.flatMap((line) =>
    line.data.map((point) => [
      { type: "raw_text", text: [line.name, point.label].filter(Boolean).join(" · ") },
      { type: "raw_text", text: String(point.value) },
    ]),
  );
  const node = make("div");
  node.append(make("div", "heading", block.title), table({ rows }, null, 0));
  return node;
}

const unknown = (block) => make("pre", "", JSON.stringify(block, null, 2));

const DRAW = {
  header: (block) => textObject(block.text, "heading"),
  divider: () => make("hr"),
  markdown: (block) => make("div", "text", block.text),
  image,
  table,
  data_visualization: chart,
  section(block, act) {
    const node = make("div");
    if (block.text) node.append(textObject(block.text));
    if (block.fields) {
      const fields = node.appendChild(make("div", "fields"));
      fields.append(...block.fields.map((field) => textObject(field)));
    }
    if (block.accessory) node.append(drawElement(block.accessory, block, act));
    return node;
  },
  context(block) {
    const node = make("div", "context");
    node.append(...block.elements.map((one) => (one.type === "image" ? image(one) : textObject(one))));
    return node;
  },
  actions(block, act) {
    const node = make("div", "actions");
    node.append(...block.elements.map((element) => drawElement(element, block, act)));
    return node;
  },
  rich_text(block) {
    const node = make("div");
    node.append(...block.elements.map(rich));
    return node;
  },
};

export function drawBlock(block, act) {
  return (DRAW[block.type] ?? unknown)(block, act);
}
