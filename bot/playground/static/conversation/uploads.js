// Uploads of files chosen, or dropped anywhere on the page, each with its progress and a button to stop it.

import { at } from "../dom.js";
import { notice } from "../notices.js";
import { upload } from "../server.js";
import { here, state, tellAll } from "../state.js";
import { transfer } from "./transfers.js";

const picker = at("file");

async function send(file, where) {
  const { done, stop } = upload(file, where, (part) => row.progress(part));
  const row = transfer({ name: file.name, size: file.size, doing: "Uploading", stop });
  row.show();
  tellAll("said");
  try {
    await done;
  } catch (error) {
    notice(`${file.name}: ${error.message}`);
  } finally {
    row.remove();
  }
}

async function sendAll(files) {
  if (here().archived) {
    notice(`#${here().name} is archived. Choose another channel for your files.`);
    return;
  }
  // Files go to the channel they were dropped on, even if the user has moved on before their turn.
  const where = { user: state.user, channel: state.channel };
  for (const file of files) await send(file, where);
}

export const pick = () => picker.click();

export function start() {
  let depth = 0;
  const overlay = at("drop");
  const withFiles = (event) => event.dataTransfer?.types.includes("Files") && !document.querySelector("dialog[open]");
  picker.addEventListener("change", async () => {
    const files = [...picker.files];
    picker.value = "";
    at("text").focus();
    await sendAll(files);
  });
  document.addEventListener("dragenter", (event) => {
    if (!withFiles(event)) return;
    depth += 1;
    const channel = here();
    if (channel.archived) return;
    at("drop-where").textContent = channel.kind === "im" ? channel.name : `#${channel.name}`;
    overlay.hidden = false;
  });
  document.addEventListener("dragleave", (event) => {
    if (!withFiles(event)) return;
    depth = Math.max(0, depth - 1);
    overlay.hidden = depth === 0;
  });
  document.addEventListener("dragover", (event) => event.preventDefault());
  document.addEventListener("drop", async (event) => {
    event.preventDefault();
    depth = 0;
    overlay.hidden = true;
    if (withFiles(event)) await sendAll([...event.dataTransfer.files]);
  });
}
