// Light or dark: as the system says, until a person chooses. Loaded before anything is painted, so nothing flashes.

(() => {
  const root = document.documentElement;
  const read = () => {
    try {
      return localStorage.getItem("theme");
    } catch {
      return null; // storage is blocked: the system decides
    }
  };
  const chosen = read();
  if (chosen === "light" || chosen === "dark") root.dataset.theme = chosen;
})();
