"use strict";
(() => {
  const root = document.documentElement;
  const remember = (name, value) => { try { localStorage.setItem(name, value); } catch (error) { /* a page opened from a file may have no memory */ } };
  const recall = (name) => { try { return localStorage.getItem(name); } catch (error) { return null; } };
  const button = document.getElementById("theme");
  const isDark = () => root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  const label = () => { button.textContent = isDark() ? "Light page" : "Dark page"; };
  const stored = recall("linkage-theme");
  if (stored === "dark" || stored === "light") root.dataset.theme = stored;
  button.hidden = false;
  label();
  button.addEventListener("click", () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    remember("linkage-theme", root.dataset.theme);
    label();
  });
  const code = document.getElementById("show-code");
  if (code) {
    code.checked = recall("linkage-code") === "shown";
    code.addEventListener("change", () => remember("linkage-code", code.checked ? "shown" : "folded"));
  }
  addEventListener("beforeprint", () => { for (const part of document.querySelectorAll("details")) part.open = true; });
  const here = document.querySelector('header.top [aria-current="page"]');
  if (here) here.closest("ul").scrollLeft = here.offsetLeft - 32;
})();
