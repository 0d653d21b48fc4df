// Draws Block Kit's blocks. A block that cannot be drawn is shown as its JSON, never dropped.

import { make } from "../dom.js";
import { chart } from "./charts.js";
import { drawElement, drawInput, image, json } from "./elements.js";
import { plain, textObject } from "./mrkdwn.js";
import { markdown, richText } from "./richtext.js";
import { withShapes } from "./shapes.js";

function cell(content) {
  if (content.type === "rich_text") return richText(content);
  return String(content.text ?? content.value ?? "");
}

function table(block) {
  const settings = block.column_settings ?? [];
  const rows = block.rows.map((row, index) => {
    const boxes = row.map((content, column) => {
      const { align = "left", is_wrapped: wrapped = false } = settings[column] ?? {};
      const className = `${align} ${wrapped ? "wrapped" : ""}`;
      return index === 0
        ? make("th", { class: className, scope: "col" }, cell(content))
        : make("td", className, cell(content));
    });
    return make("tr", {}, ...boxes);
  });
  const body = make("table", {}, make("thead", {}, rows[0]), make("tbody", {}, ...rows.slice(1)));
  return make("div", { class: "scroll table", tabIndex: 0, role: "group", "aria-label": "Table" }, body);
}

function section(block, act) {
  const main = make("div", "grow");
  if (block.text) main.append(textObject(block.text));
  if (block.fields) main.append(make("div", "fields", ...block.fields.map((field) => textObject(field))));
  const node = make("div", "section", main);
  if (block.accessory) node.append(make("div", "accessory", drawElement(block.accessory, block, act)));
  return node;
}

function picture(block) {
  const node = make("figure", "figure-image");
  if (block.title) node.append(make("figcaption", "hint", plain(block.title.text)));
  node.append(image(block));
  return node;
}

function context(block) {
  const parts = block.elements.map((one) => (one.type === "image" ? image(one, "tiny") : textObject(one)));
  return make("div", "context", ...parts);
}

const MARKS = { pending: "○", in_progress: "◐", complete: "✓", error: "!" };
const STATES = { pending: "to do", in_progress: "in progress", complete: "done", error: "failed" };

function task(block) {
  const status = block.status ?? "pending";
  const mark = make(
    "span",
    { class: `task-mark ${status}`, role: "img", "aria-label": STATES[status] ?? status },
    MARKS[status] ?? "○",
  );
  const body = make("div", "grow", make("div", "task-title", block.title));
  if (block.details) body.append(richText(block.details));
  if (block.output) body.append(richText(block.output));
  if (block.sources?.length) body.append(make("div", "hint", block.sources.map((one) => one.text).join(" · ")));
  return make("div", "task", mark, body);
}

const plan = (block) => make("div", "plan", make("div", "heading", block.title), ...(block.tasks ?? []).map(task));

const alertBlock = (block) =>
  make("div", { class: `alert ${block.level ?? "default"}`, role: "note" }, textObject(block.text));

function card(block, act) {
  const node = make("div", "card");
  if (block.hero_image) node.append(image(block.hero_image, "hero"));
  const head = make("div", "card-head", block.icon ? image(block.icon, "tiny") : null, make("div", "grow"));
  if (block.title) head.lastChild.append(textObject(block.title, "text card-title"));
  if (block.subtitle) head.lastChild.append(textObject(block.subtitle, "hint"));
  node.append(head);
  if (block.body) node.append(textObject(block.body));
  if (block.subtext) node.append(textObject(block.subtext, "hint"));
  if (block.actions) node.append(make("div", "actions", ...block.actions.map((one) => drawElement(one, block, act))));
  return node;
}

const DRAW = {
  header: (block) => make("div", { class: "heading", role: "heading", "aria-level": 2 }, plain(block.text.text)),
  divider: () => make("hr"),
  markdown: (block) => markdown(block.text),
  actions: (block, act) => make("div", "actions", ...block.elements.map((one) => drawElement(one, block, act))),
  carousel: (block, act) => make("div", "carousel", ...block.elements.map((one) => card(one, act))),
  rich_text: richText,
  data_visualization: chart,
  image: picture,
  input: drawInput,
  alert: alertBlock,
  task_card: task,
  section,
  context,
  table,
  plan,
  card,
};

export function drawBlock(block, act) {
  try {
    return withShapes((DRAW[block.type] ?? json)(block, act));
  } catch (error) {
    if (error instanceof Error) return json(block);
    throw error;
  }
}

export const drawBlocks = (blocks, act) => blocks.map((block) => drawBlock(block, act));
