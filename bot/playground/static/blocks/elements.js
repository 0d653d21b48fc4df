// Draws the interactive elements of blocks (buttons, menus, choices, inputs) and reads what was entered into them.

import { make } from "../dom.js";
import { fileAddress } from "../server.js";
import { state } from "../state.js";
import { confirmed } from "./confirm.js";
import { fileInput } from "./file_input.js";
import { isSafe, mrkdwn, plain, textObject } from "./mrkdwn.js";

export const json = (value) => make("pre", "json", JSON.stringify(value, null, 2));

let count = 0;
export function newId(prefix) {
  count += 1;
  return `${prefix}-${count}`;
}

export function image(element, className = "") {
  const id = element.slack_file?.id ?? /-(F0[A-Z0-9]{9})\//.exec(element.slack_file?.url ?? "")?.[1];
  // A picture on another server is not fetched: this page loads nothing from outside.
  if (!id)
    return make(
      "span",
      "hint",
      `[image: ${plain(element.alt_text)}${element.image_url ? ` – ${element.image_url}` : ""}]`,
    );
  const picture = make("img", {
    class: className,
    src: fileAddress(id),
    alt: plain(element.alt_text),
    loading: "lazy",
  });
  if (className) return picture;
  const open = {
    class: "picture",
    href: fileAddress(id),
    target: "_blank",
    rel: "noopener",
    title: "Open in full size",
  };
  return make("a", open, picture);
}

const optionsOf = (element) => [...(element.options ?? []), ...(element.option_groups ?? []).flatMap((g) => g.options)];

// act(control, element, block, value) tells the app and keeps the control busy until it has answered.
async function use(control, element, block, act, value) {
  if (element.confirm && !(await confirmed(element.confirm))) return false;
  await act(control, element, block, value);
  return true;
}

function button(element, block, act) {
  const node = make(
    "button",
    { class: `button ${element.style ?? ""}`, type: "button", "aria-label": element.accessibility_label },
    plain(element.text.text),
  );
  node.addEventListener("click", async () => {
    if (node.getAttribute("aria-busy") === "true") return;
    if (isSafe(element.url)) window.open(element.url, "_blank", "noopener,noreferrer");
    await use(node, element, block, act, null);
  });
  return node;
}

function option(one) {
  return make("option", { value: one.value }, plain(one.text.text));
}

function filled(select, element) {
  const placeholder = element.placeholder?.text ?? "Choose an option";
  select.append(make("option", { value: "" }, plain(placeholder)));
  if (element.options) select.append(...element.options.map(option));
  for (const group of element.option_groups ?? []) {
    select.append(make("optgroup", { label: plain(group.label.text) }, ...group.options.map(option)));
  }
  if (element.initial_option) select.value = element.initial_option.value;
  return select;
}

const SOURCES = {
  users_select: () => state.people.map((one) => [one.id, one.name]),
  channels_select: () => state.channels.filter((one) => one.kind === "public").map((one) => [one.id, `#${one.name}`]),
  conversations_select: () => state.channels.map((one) => [one.id, one.kind === "im" ? one.name : `#${one.name}`]),
};
const INITIAL = { users_select: "user", channels_select: "channel", conversations_select: "conversation" };

function menu(element) {
  const source = SOURCES[element.type];
  const select = make("select", "input");
  if (!source) return filled(select, element);
  select.append(make("option", { value: "" }, plain(element.placeholder?.text ?? "Choose one")));
  select.append(...source().map(([value, text]) => make("option", { value }, text)));
  select.value = element[`initial_${INITIAL[element.type]}`] ?? "";
  return select;
}

function choices(element, single) {
  const name = newId("choice");
  const initial = single ? [element.initial_option] : (element.initial_options ?? []);
  const chosen = new Set(initial.filter(Boolean).map((one) => one.value));
  const row = (one) => {
    const box = make("input", { type: single ? "radio" : "checkbox", name, value: one.value });
    box.checked = chosen.has(one.value);
    const more = one.description ? textObject(one.description, "hint") : null;
    return make("label", "choice", box, make("span", {}, textObject(one.text), more));
  };
  const groups = (element.option_groups ?? []).map((group) => {
    const title = textObject(group.label, "group-title");
    title.id = newId("group");
    return make(
      "div",
      { class: "choices", role: "group", "aria-labelledby": title.id },
      title,
      ...group.options.map(row),
    );
  });
  const rows = (element.options ?? []).map(row);
  return make("div", { class: "choices", role: single ? "radiogroup" : "group" }, ...rows, ...groups);
}

const FIELD = {
  number_input: "number",
  email_text_input: "email",
  url_text_input: "url",
  datepicker: "date",
  timepicker: "time",
};

function typed(element) {
  const common = {
    class: "input",
    placeholder: plain(element.placeholder?.text ?? ""),
    value: element.initial_value ?? element.initial_date ?? element.initial_time ?? "",
  };
  if (element.type === "plain_text_input" && element.multiline) return make("textarea", { ...common, rows: 4 });
  const field = make("input", { ...common, type: FIELD[element.type] ?? "text" });
  if (element.type === "number_input") {
    field.step = element.is_decimal_allowed ? "any" : "1";
    field.inputMode = "decimal";
  }
  return field;
}

const several = (type) => type.startsWith("multi_") || type === "checkboxes";

function control(element) {
  const type = element.type;
  if (type === "file_input") return fileInput(element);
  if (type === "radio_buttons") return choices(element, true);
  if (several(type) && optionsOf(element).length) return choices(element, false);
  if (type === "static_select" || SOURCES[type]) return menu(element);
  if (type === "plain_text_input" || FIELD[type]) return typed(element);
  return null;
}

// The value of a control as the server expects it. An empty one is sent as Slack's own object, since null would mean
// "the initial value".
export function entered(node, element) {
  const type = element.type;
  if (type === "file_input") return node.entered();
  if (type === "radio_buttons") return node.querySelector("input:checked")?.value ?? null;
  if (several(type)) return [...node.querySelectorAll("input:checked")].map((box) => box.value);
  if (node.value !== "") return node.value;
  if (type === "static_select") return { type, selected_option: null };
  if (INITIAL[type]) return { type, [`selected_${INITIAL[type]}`]: null };
  if (type === "datepicker") return { type, selected_date: null };
  if (type === "timepicker") return { type, selected_time: null };
  return { type, value: null };
}

export function isEmpty(node, element) {
  const value = entered(node, element);
  return value === null || (Array.isArray(value) ? value.length === 0 : typeof value === "object");
}

// The element that carries a control's name for screen readers: in a file input the picker, as the box has no role.
const named = (node) => node.querySelector("input[type=file]") ?? node;

// An element outside an input block: using it sends an action to the app at once.
export function drawElement(element, block, act) {
  if (element.type === "image") return image(element, "thumb");
  if (element.type === "button") return button(element, block, act);
  if (element.type === "overflow") {
    const select = filled(make("select", { class: "input", "aria-label": "More actions" }), {
      ...element,
      placeholder: { text: "⋯" },
    });
    select.addEventListener("change", async () => {
      if (select.value) await use(select, element, block, act, select.value);
      select.value = "";
    });
    return select;
  }
  const node = control(element);
  if (!node) return json(element);
  const label = plain(element.placeholder?.text ?? element.action_id ?? "Choose");
  named(node).setAttribute("aria-label", label);
  let before = node.value;
  node.addEventListener("change", async () => {
    const told = await use(node, element, block, act, entered(node, element));
    if (told) before = node.value;
    else if ("value" in node) node.value = before ?? "";
  });
  node.field = { block, element };
  node.classList.add("field-control");
  return node;
}

// An input block: a label, a control, a hint and an error message.
export function drawInput(block, act) {
  const { element } = block;
  const node = control(element);
  if (!node) return json(block);
  const id = newId("field");
  const [hintId, errorId] = [`${id}-hint`, `${id}-error`];
  const optional = block.optional ? make("span", "hint", " (optional)") : null;
  const isField = node.matches("input, select, textarea");
  const grouped = isField ? null : { id: `${id}-label` };
  const label = make(
    isField ? "label" : "div",
    { class: "label", htmlFor: isField ? id : undefined, ...grouped },
    plain(block.label.text),
    optional,
  );
  const target = named(node);
  if (isField) node.id = id;
  else if (target !== node) target.setAttribute("aria-label", plain(block.label.text));
  else node.setAttribute("aria-labelledby", `${id}-label`);
  const hint = block.hint ? mrkdwn(block.hint.text, { className: "hint" }) : null;
  if (hint) hint.id = hintId;
  const error = make("p", { class: "field-error", id: errorId, hidden: true });
  target.setAttribute("aria-describedby", [hint && hintId, errorId].filter(Boolean).join(" "));
  node.field = { block, element };
  node.classList.add("field-control");
  const box = make("div", "field", label, node, hint, error);
  box.dataset.block = block.block_id;
  box.complain = (message) => {
    error.textContent = message ?? "";
    error.hidden = !message;
    box.classList.toggle("wrong", Boolean(message));
    if (message) target.setAttribute("aria-invalid", "true");
    else target.removeAttribute("aria-invalid");
  };
  node.addEventListener("input", () => box.complain(null));
  if (block.dispatch_action) node.addEventListener("change", () => act(node, element, block, entered(node, element)));
  return box;
}

// Everything entered inside a node, as block id → action id → value.
export function enteredIn(root) {
  const values = {};
  for (const node of root.querySelectorAll(".field-control")) {
    const { block, element } = node.field;
    values[block.block_id] ??= {};
    values[block.block_id][element.action_id] = entered(node, element);
  }
  return values;
}
