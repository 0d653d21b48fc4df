// Asks for confirmation as an element's `confirm` object says.

import { make } from "../dom.js";
import { plain, textObject } from "./mrkdwn.js";

export function confirmed(asked) {
  const yes = make(
    "button",
    { class: `button ${asked.style ?? "primary"}`, type: "submit", value: "yes" },
    plain(asked.confirm.text),
  );
  const no = make("button", { class: "button", type: "submit", value: "no" }, plain(asked.deny.text));
  const form = make(
    "form",
    { method: "dialog" },
    make("h2", { class: "dialog-title", id: "confirm-title" }, plain(asked.title.text)),
    make("div", "dialog-body", textObject(asked.text)),
    make("div", "dialog-foot", no, yes),
  );
  // The page's policy forbids submitting forms, so the dialog is closed by its own submit handler.
  const dialog = make("dialog", { class: "dialog small", "aria-labelledby": "confirm-title" }, form);
  document.body.append(dialog);
  return new Promise((resolve) => {
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      dialog.close(event.submitter?.value ?? "no");
    });
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    });
    dialog.showModal();
    no.focus();
  });
}
