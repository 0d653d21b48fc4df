// The app's modals: shows the topmost one in a dialog, keeps its inputs across updates, shows errors at their fields.

import { drawBlocks } from "../blocks/blocks.js";
import { enteredIn, isEmpty } from "../blocks/elements.js";
import { plain } from "../blocks/mrkdwn.js";
import { iconButton, make } from "../dom.js";
import { busy, notice } from "../notices.js";
import { tell } from "../server.js";
import { dropModal, on, restoreModal, state, takeViews } from "../state.js";

const dialog = make("dialog", { class: "dialog", "aria-labelledby": "modal-title" });
const kept = new Map();
let shown = null;
let said = "";
let opener = null;

const key = (node) => `${node.field.block.block_id} ${node.field.element.action_id}`;

// As in Slack, an update keeps what was entered if it contains the same block and action ids.
function keep() {
  if (!shown) return;
  const inputs = kept.get(shown.id) ?? new Map();
  for (const node of dialog.querySelectorAll(".field-control")) inputs.set(key(node), node);
  kept.set(shown.id, inputs);
}

function restore(view) {
  const inputs = kept.get(view.id);
  if (!inputs) return;
  for (const node of dialog.querySelectorAll(".field-control")) {
    const old = inputs.get(key(node));
    if (!old || old.field.element.type !== node.field.element.type) continue;
    if (node.field.element.type === "file_input") {
      node.replaceWith(old);
      continue;
    }
    if ("value" in node) node.value = old.value;
    const boxes = [...old.querySelectorAll("input")];
    [...node.querySelectorAll("input")].forEach((box, index) => {
      if (boxes[index]) box.checked = boxes[index].checked;
    });
  }
}

function take(answer) {
  if (answer?.modals) {
    takeViews(answer);
    draw();
  }
  return answer;
}

function complain(errors) {
  let first = null;
  for (const box of dialog.querySelectorAll(".field")) {
    const message = errors[box.dataset.block];
    box.complain?.(message ?? null);
    if (message && !first) first = box;
  }
  (first?.querySelector("input, select, textarea") ?? first)?.focus();
  // A group of boxes may be higher than the dialog: its first box would be in sight, and what is wrong below it.
  first?.querySelector(".field-error")?.scrollIntoView({ block: "nearest" });
}

function missing() {
  const errors = {};
  for (const node of dialog.querySelectorAll(".field .field-control")) {
    const { block, element } = node.field;
    if (node.waiting?.()) errors[block.block_id] = "The file is still uploading. Try again in a moment.";
    else if (!block.optional && isEmpty(node, element)) errors[block.block_id] = "Please complete this required field.";
    else if (element.min_length && node.value.length < element.min_length)
      errors[block.block_id] = `Please enter at least ${element.min_length} characters.`;
    else if (element.max_length && node.value.length > element.max_length)
      errors[block.block_id] = `Please enter at most ${element.max_length} characters.`;
  }
  return errors;
}

async function submit(view, control) {
  if (control.getAttribute("aria-busy") === "true") return;
  const errors = missing();
  complain(errors);
  if (Object.keys(errors).length) return;
  said = "";
  await busy(control, state.app.name, async () =>
    take(await tell("view/submit", { user: state.user, view: view.id, state: enteredIn(dialog) })),
  );
}

// As in Slack, it is gone at once: what is typed next must not end up in a form that is on its way out.
async function closeView(view) {
  dropModal(view.id);
  draw();
  const told = await busy(null, state.app.name, async () =>
    take(await tell("view/close", { user: state.user, view: view.id })),
  );
  if (told === null) await restoreModal(view.id).catch((error) => notice(error.message));
}

function body(view) {
  const act = (control, element, block, value) =>
    busy(control, state.app.name, async () =>
      take(
        await tell("view/action", {
          user: state.user,
          view: view.id,
          action_id: element.action_id,
          block_id: block.block_id,
          value,
          state: enteredIn(dialog),
        }),
      ),
    );
  const send = view.submit
    ? make("button", { class: "button primary", type: "submit" }, plain(view.submit.text))
    : null;
  const cancel = make("button", { class: "button", type: "button" }, plain(view.close?.text ?? "Close"));
  cancel.addEventListener("click", () => closeView(view));
  const form = make(
    "form",
    { noValidate: true },
    make(
      "header",
      "dialog-head",
      make("h2", { class: "dialog-title grow", id: "modal-title" }, plain(view.title.text)),
      iconButton("close", "Close", () => closeView(view)),
    ),
    make("div", { class: "dialog-body", tabIndex: -1 }, ...drawBlocks(view.blocks, act)),
    make("footer", "dialog-foot", make("span", "hint grow", `${state.app.name} · App`), cancel, send),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    submit(view, send);
  });
  return form;
}

// A browser gives the focus back itself while what is behind the dialog is still inert: an element with that focus takes
// no letters. So it is focused anew once the layout is up to date.
function giveFocusBack() {
  document.activeElement?.blur();
  document.body.getBoundingClientRect();
  (opener?.isConnected ? opener : document.getElementById("text")).focus();
}

export function draw() {
  const { modals } = state;
  const view = modals.at(-1) ?? null;
  const open = new Set(modals.map((one) => one.id));
  keep();
  for (const id of [...kept.keys()]) if (!open.has(id)) kept.delete(id);
  if (!view) {
    if (dialog.open) {
      dialog.close();
      giveFocusBack();
    }
    shown = null;
    dialog.replaceChildren();
    return;
  }
  if (!shown || shown.id !== view.id || shown.hash !== view.hash) {
    shown = view;
    dialog.replaceChildren(body(view));
    restore(view);
  }
  if (!dialog.open) {
    opener = document.activeElement;
    dialog.showModal();
    (
      dialog.querySelector(".field-control:is(input, select, textarea), .field input") ??
      dialog.querySelector(".dialog-foot .primary")
    )?.focus();
  }
  // Shown once: after the user has typed, the next live update must not bring the same error back.
  const errors = JSON.stringify([view.id, view.errors]);
  if (errors !== said && Object.keys(view.errors).length) complain(view.errors);
  said = errors;
  shown = view;
}

export function start() {
  document.body.append(dialog);
  dialog.addEventListener("cancel", (event) => {
    event.preventDefault();
    if (shown) closeView(shown);
  });
  // A browser closes a dialog itself if Escape is pressed twice in a row.
  dialog.addEventListener("close", () => {
    if (shown && !dialog.open) closeView(shown);
  });
  on("views", draw);
  on("loaded", draw);
}
