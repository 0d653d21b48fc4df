// Downloads of files, each with its progress and a button to stop it.

import { notice } from "../notices.js";
import { download } from "../server.js";
import { transfer } from "./transfers.js";

// A small file is there at once; a row that flashes by would only move the message box.
const SHOWN_AFTER = 200;

function save(name, blob) {
  const address = URL.createObjectURL(blob);
  const link = document.createElement("a");
  Object.assign(link, { href: address, download: name });
  link.click();
  // By then the browser has begun to save it.
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

export async function fetchAndSave(file) {
  const { done, stop } = download(file, (part) => row.progress(part));
  const row = transfer({ ...file, doing: "Downloading", stop });
  const timer = setTimeout(row.show, SHOWN_AFTER);
  try {
    save(file.name, await done);
  } catch (error) {
    notice(`${file.name}: ${error.message}`);
  } finally {
    clearTimeout(timer);
    row.remove();
  }
}
