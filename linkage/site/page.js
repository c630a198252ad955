"use strict";
(() => {
  const root = document.documentElement;
  const one = (selector, within = document) => within.querySelector(selector);
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const make = (tag, text, settings = {}) => Object.assign(document.createElement(tag), { textContent: text, ...settings });
  const remember = (name, value) => { try { localStorage.setItem(name, value); } catch (error) { /* a page opened from a file may have no memory */ } };
  const recall = (name) => { try { return localStorage.getItem(name); } catch (error) { return null; } };
  root.classList.add("scripted");

  // Light or dark: as the system asks, until the reader says otherwise.
  const theme = one("#theme");
  const system = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => root.dataset.theme ? root.dataset.theme === "dark" : system.matches;
  const label = () => { theme.textContent = isDark() ? "Light page" : "Dark page"; };
  const stored = recall("linkage-theme");
  if (stored === "dark" || stored === "light") root.dataset.theme = stored;
  theme.hidden = false;
  label();
  system.addEventListener("change", label);
  theme.addEventListener("click", () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    remember("linkage-theme", root.dataset.theme);
    label();
  });

  // The list of pages, folded where there is no room beside the text.
  const menu = one("#menu");
  const fold = (open) => { menu.setAttribute("aria-expanded", open); root.classList.toggle("menu-open", open); };
  menu.hidden = false;
  menu.addEventListener("click", () => fold(menu.getAttribute("aria-expanded") !== "true"));
  addEventListener("keydown", (event) => {
    if (event.key === "Escape" && menu.getAttribute("aria-expanded") === "true") { fold(false); menu.focus(); }
  });
  const here = one('nav.pages [aria-current="page"]');
  const list = one("nav.pages");
  if (here) list.scrollTop = here.offsetTop - list.offsetTop - list.clientHeight / 2;

  // The code behind a page.
  const code = one("#show-code");
  if (code) {
    code.checked = recall("linkage-code") === "shown";
    code.addEventListener("change", () => remember("linkage-code", code.checked ? "shown" : "folded"));
  }

  // A long table shows its first rows until all are asked for.
  for (const box of all(".scroll.long")) {
    const rows = one("tbody", box).rows.length;
    const button = make("button", `Show all ${rows} rows`, { type: "button", className: "more" });
    button.setAttribute("aria-expanded", "false");
    box.classList.add("cut");
    box.after(button);
    button.addEventListener("click", () => {
      const cut = box.classList.toggle("cut");
      button.setAttribute("aria-expanded", String(!cut));
      button.textContent = cut ? `Show all ${rows} rows` : "Show the first rows only";
    });
  }

  // A table or a picture wider than its box says so, and on which side it goes on.
  for (const box of all(".scroll, figure.picture")) {
    const look = () => {
      const rest = box.scrollWidth - box.clientWidth;
      box.classList.toggle("over", rest > 1);
      box.classList.toggle("ended", rest > 1 && box.scrollLeft >= rest - 1);
    };
    new ResizeObserver(look).observe(box);
    box.addEventListener("scroll", look, { passive: true });
    look();
  }

  // Tables that sort by a click on a heading: figures by their value, words by the alphabet, what is missing last.
  const valueOf = (row, place) => {
    const cell = row.cells[place];
    return "sort" in cell.dataset ? (cell.dataset.sort === "" ? null : Number(cell.dataset.sort)) : cell.textContent.trim().toLowerCase();
  };
  const compare = (a, b) => typeof a === "number" ? a - b : a.localeCompare(b, "en");
  for (const table of all("table.sortable")) {
    const body = table.tBodies[0];
    const first = [...body.rows];
    all("thead th", table).forEach((heading, place) => {
      const button = make("button", heading.textContent, { type: "button", className: "sort" });
      heading.replaceChildren(button);
      // On paper a button is not repeated at the head of each page; words are.
      addEventListener("beforeprint", () => heading.replaceChildren(button.textContent));
      addEventListener("afterprint", () => heading.replaceChildren(button));
      button.addEventListener("click", () => {
        const was = heading.getAttribute("aria-sort");
        const now = was === "ascending" ? "descending" : was === "descending" ? null : "ascending";
        for (const other of all("thead th", table)) other.removeAttribute("aria-sort");
        if (now) heading.setAttribute("aria-sort", now);
        const sign = now === "descending" ? -1 : 1;
        const rows = now === null ? first : [...first].sort((a, b) => {
          const [x, y] = [valueOf(a, place), valueOf(b, place)];
          if (x === null || y === null) return (x === null) - (y === null);
          return sign * compare(x, y);
        });
        body.append(...rows);
      });
    });
  }

  // Searching what stands on the page: every word must be there, in any order.
  for (const form of all("form.finder")) {
    const place = document.getElementById(form.dataset.for);
    const entries = place.matches("table") ? [...place.tBodies[0].rows] : all("dl > div", place);
    const input = one("input", form);
    const status = one("[role=status]", form);
    form.hidden = false;
    const find = () => {
      const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
      let shown = 0;
      for (const entry of entries) {
        const text = entry.textContent.toLowerCase();
        entry.hidden = !words.every((word) => text.includes(word));
        shown += entry.hidden ? 0 : 1;
      }
      for (const part of all("section", place)) part.hidden = !one("dl > div:not([hidden])", part);
      status.textContent = `${shown} of ${entries.length}`;
    };
    input.addEventListener("input", find);
    form.addEventListener("submit", (event) => event.preventDefault());
    find();
  }

  addEventListener("beforeprint", () => { for (const part of all("details")) part.open = true; });
})();
