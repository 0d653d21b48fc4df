// A file input: files are uploaded as soon as they are chosen, and handed to the app when the modal is submitted.

import { fileSize, icon, make } from "../dom.js";
import { notice } from "../notices.js";
import { upload } from "../server.js";
import { state } from "../state.js";

export function fileInput(element) {
  const files = [];
  const list = make("ul", "picked");
  const picker = make("input", { type: "file", class: "hidden", multiple: (element.max_files ?? 10) > 1 });
  if (element.filetypes) picker.accept = element.filetypes.map((kind) => `.${kind}`).join(",");
  const zone = make("label", "dropzone", picker, icon("clip"), make("span", {}, "Choose a file or drop it here"));
  const draw = () => {
    list.replaceChildren(
      ...files.map((file) => {
        const remove = make(
          "button",
          {
            type: "button",
            class: "link",
            on: {
              click: () => {
                files.splice(files.indexOf(file), 1);
                draw();
              },
            },
          },
          "Remove",
        );
        return make("li", {}, icon("file"), make("span", "grow", file.name), make("span", "hint", file.state), remove);
      }),
    );
  };
  const take = async (chosen) => {
    for (const one of chosen) {
      if (files.length >= (element.max_files ?? 10)) files.length = 0;
      const entry = { name: one.name, id: null, state: "0 %" };
      files.push(entry);
      draw();
      try {
        const { done } = upload(one, { user: state.user, hold: "1" }, (part) => {
          entry.state = `${Math.round(part * 100)} %`;
          draw();
        });
        entry.id = (await done).file;
        entry.state = fileSize(one.size);
        // Clears an error shown while the file was still uploading.
        node.dispatchEvent(new Event("input"));
      } catch (error) {
        if (files.includes(entry)) files.splice(files.indexOf(entry), 1);
        notice(error.message);
      }
      draw();
    }
  };
  picker.addEventListener("change", () => take([...picker.files]));
  zone.addEventListener("dragover", (event) => event.preventDefault());
  zone.addEventListener("drop", (event) => {
    event.preventDefault();
    event.stopPropagation();
    take([...event.dataTransfer.files]);
  });
  const node = make("div", "file-input", zone, list);
  node.entered = () => files.map((file) => file.id).filter(Boolean);
  node.waiting = () => files.some((file) => !file.id);
  return node;
}
