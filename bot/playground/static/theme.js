// The theme: the system's until the user chooses one. Loaded before the first paint, so that the page does not flash.

(() => {
  const root = document.documentElement;
  const read = () => {
    try {
      return localStorage.getItem("theme");
    } catch {
      return null; // storage is blocked, so the system decides
    }
  };
  const chosen = read();
  if (chosen === "light" || chosen === "dark") root.dataset.theme = chosen;
})();
