// What a page can do without: a switch for the theme, and buttons that copy code. Loaded before the page is drawn, so that
// a chosen theme does not flash.
(() => {
  "use strict";
  const root = document.documentElement;
  const KEY = "benchbook-theme";
  // Storage may be forbidden (private windows, file:// in some browsers); then the choice lasts as long as the page.
  const stored = () => { try { return localStorage.getItem(KEY); } catch { return null; } };
  const store = (theme) => { try { localStorage.setItem(KEY, theme); } catch { /* see above */ } };
  const chosen = stored();
  if (chosen === "light" || chosen === "dark") root.dataset.theme = chosen;

  const isDark = () =>
    root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;

  const addThemeButton = () => {
    const bar = document.querySelector(".top");
    if (!bar) return;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "theme";
    const name = () => { button.textContent = isDark() ? "Light theme" : "Dark theme"; };
    button.addEventListener("click", () => {
      root.dataset.theme = isDark() ? "light" : "dark";
      store(root.dataset.theme);
      name();
    });
    name();
    bar.append(button);
  };

  const copy = async (text) => {
    // Without a secure context (file:// in some browsers) there is no clipboard API; the old way still works.
    if (navigator.clipboard && window.isSecureContext) return navigator.clipboard.writeText(text);
    const area = document.createElement("textarea");
    area.value = text;
    area.setAttribute("readonly", "");
    area.style.position = "fixed";
    area.style.opacity = "0";
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    if (!done) throw new Error("copying is not allowed here");
  };

  const addCopyButtons = () => {
    for (const block of document.querySelectorAll(".code, .command")) {
      const code = block.querySelector("code");
      if (!code) continue;
      const button = document.createElement("button");
      button.type = "button";
      button.className = "copy";
      button.textContent = "Copy";
      button.addEventListener("click", async () => {
        try {
          await copy(code.textContent);
          button.textContent = "Copied";
        } catch {
          button.textContent = "Press Ctrl+C";
          getSelection().selectAllChildren(code);
        }
        setTimeout(() => { button.textContent = "Copy"; }, 2000);
      });
      block.append(button);
    }
  };

  // A link to something inside a closed part opens it; a print shows everything.
  const openTarget = () => {
    const target = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    for (let part = target && target.closest("details"); part; part = part.parentElement.closest("details")) part.open = true;
  };

  addEventListener("DOMContentLoaded", () => {
    addThemeButton();
    addCopyButtons();
    openTarget();
  });
  addEventListener("hashchange", openTarget);
})();
