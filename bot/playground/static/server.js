// Requests to the playground's server: questions, changes, uploads with progress. Errors carry a sentence to show.

export class Refused extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

const GONE = "The playground does not answer. Start it again with “make run”; this page reconnects by itself.";

async function read(path, options) {
  let response;
  let said;
  try {
    response = await fetch(path, options);
    said = await (response.ok ? response.json() : response.text());
  } catch {
    throw new Refused(0, GONE); // not reached, or disconnected in the middle of its answer
  }
  if (!response.ok) throw new Refused(response.status, said || `Error ${response.status}`);
  return said;
}

export const ask = (path, query = {}) => read(`/playground/${path}?${new URLSearchParams(query)}`, {});

export const tell = (path, body) =>
  read(`/playground/${path}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });

export const dropSample = (query) => read(`/playground/sample?${new URLSearchParams(query)}`, { method: "POST" });

export const fileAddress = (id) => `/playground/files/${encodeURIComponent(id)}`;

// Reads a file piece by piece; the browser's own download shows nothing on the page.
export function download(file, onProgress) {
  const ending = new AbortController();
  const whole = async () => {
    const pieces = [];
    let received = 0;
    try {
      const response = await fetch(fileAddress(file.id), { signal: ending.signal });
      if (!response.ok) throw new Refused(response.status, (await response.text()) || `Error ${response.status}`);
      for (let reader = response.body.getReader(), next = await reader.read(); !next.done; next = await reader.read()) {
        pieces.push(next.value);
        received += next.value.length;
        onProgress(received / Math.max(file.size, 1));
      }
    } catch (error) {
      if (error instanceof Refused) throw error;
      throw new Refused(0, ending.signal.aborted ? "The download was stopped." : GONE);
    }
    return new Blob(pieces);
  };
  return { done: whole(), stop: () => ending.abort() };
}

// fetch cannot report the progress of an upload; XMLHttpRequest can.
export function upload(file, query, onProgress) {
  const request = new XMLHttpRequest();
  const done = new Promise((resolve, reject) => {
    request.open("POST", `/playground/upload?${new URLSearchParams({ ...query, name: file.name })}`);
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.upload.onprogress = (event) => event.lengthComputable && onProgress(event.loaded / event.total);
    request.onerror = () => reject(new Refused(0, GONE));
    request.onabort = () => reject(new Refused(0, "The upload was stopped."));
    request.onload = () => {
      if (request.status === 200) resolve(JSON.parse(request.responseText));
      else reject(new Refused(request.status, request.responseText || `Error ${request.status}`));
    };
    request.send(file);
  });
  return { done, stop: () => request.abort() };
}
