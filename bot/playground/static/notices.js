// Short notices over the conversation: what went wrong, in a sentence, and gone again by themselves.

import { at, iconButton, make } from "./dom.js";

const SECONDS = 8;

export function notice(text, kind = "error") {
  const node = make(
    "div",
    { class: `notice ${kind}`, role: kind === "error" ? "alert" : "status" },
    make("span", "grow", text),
  );
  node.append(iconButton("close", "Dismiss", () => node.remove()));
  // Over whatever is open: a dialog covers everything that is not.
  const box = at("notices");
  if (box.matches(":popover-open")) box.hidePopover();
  box.showPopover();
  for (const old of [...at("notices").children]) if (old.textContent === node.textContent) old.remove();
  at("notices").append(node);
  setTimeout(() => node.remove(), SECONDS * 1000);
}

// Keeps a control busy while the app is at it, and says so where it fails.
export async function busy(control, app, work) {
  control?.setAttribute("aria-busy", "true");
  try {
    const answer = await work();
    if (answer?.problem)
      notice(`${app} did not take that: ${answer.problem}. Try again; if it stays, look at the terminal it runs in.`);
    return answer;
  } catch (error) {
    notice(error.message);
    return null;
  } finally {
    control?.removeAttribute("aria-busy");
  }
}
