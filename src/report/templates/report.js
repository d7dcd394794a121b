// The page is whole without this script. It sorts and filters tables; it stores nothing and asks nobody.
"use strict";
(() => {
  const all = (selector, from = document) => [...from.querySelectorAll(selector)];
  const make = (name, properties) => Object.assign(document.createElement(name), properties);
  const { lang } = document.documentElement;
  const { compare } = new Intl.Collator(lang, { numeric: true });
  const ofText = new Set(["text", "code"]);
  const ofDays = new Set(["month", "day"]);

  /** The exact number, however many places it has, in units of 10^-28. */
  const exact = (text) => {
    const [whole, places = ""] = text.split(".");
    return BigInt(whole + places.padEnd(28, "0"));
  };

  /** What a row is sorted by: null where the cell has no figure. */
  const sortKey = (row, index, under, kind) => {
    const cell = under ? row.cells[index].querySelector(`[data-key="${under}"]`) : row.cells[index];
    if (!cell || cell.classList.contains("m")) return null;
    if (ofText.has(kind)) return cell.firstChild.data.trim();
    const value = cell.dataset.v ?? cell.firstChild.data.trim();
    return ofDays.has(kind) || !/^-?\d+(\.\d+)?$/.test(value) ? value : exact(value);
  };

  const order = (a, b) => (typeof a === "bigint" && typeof b === "bigint" ? (a < b ? -1 : a > b ? 1 : 0) : compare(a, b));

  /** Puts a button into each heading: one way, the other way, as it was. */
  const sortable = (table, body, rows) => {
    const places = all("thead th, thead small", table);
    for (const place of places) {
      const th = place.closest("th");
      const { key, kind } = place.dataset;
      const text = place === th ? th.firstElementChild : place;
      const button = make("button", { type: "button", textContent: text.textContent });
      text.replaceChildren(button);
      const isNumber = !ofText.has(kind) && !ofDays.has(kind);
      const ways = isNumber ? ["descending", "ascending"] : ["ascending", "descending"];
      button.addEventListener("click", () => {
        const way = button.dataset.way ? ways[ways.indexOf(button.dataset.way) + 1] : ways[0];
        for (const other of places) {
          other.closest("th").removeAttribute("aria-sort");
          delete other.querySelector("button").dataset.way;
        }
        if (!way) return body.append(...rows);
        button.dataset.way = way;
        th.setAttribute("aria-sort", way);
        const sign = way === "ascending" ? 1 : -1;
        const keyed = rows.map((row) => [sortKey(row, th.cellIndex, place === th ? "" : key, kind), row]);
        const known = keyed.filter(([value]) => value !== null).sort(([a], [b]) => sign * order(a, b));
        const missing = keyed.filter(([value]) => value === null);
        body.append(...[...known, ...missing].map(([, row]) => row));
      });
    }
  };

  /** Puts a field above the table that leaves the rows with all of its words. */
  const filterable = (table, rows) => {
    const template = document.getElementById("filter");
    const [label] = template.content.cloneNode(true).children;
    const [input, output] = [label.querySelector("input"), label.querySelector("output")];
    const sheet = table.closest(".sheet");
    input.setAttribute("aria-describedby", `${table.id}-name`);
    sheet.querySelector(".above").append(label);
    const total = table.querySelector("tfoot th");
    const note = total?.appendChild(make("small", { hidden: true, textContent: template.dataset.total }));
    const fold = (text) => text.normalize("NFKC").toLocaleLowerCase();
    const texts = rows.map((row) => fold([...row.cells].map((cell) => cell.textContent).join(" ")));
    input.addEventListener("input", () => {
      const wanted = fold(input.value).split(/\s+/).filter(Boolean);
      let shown = 0;
      rows.forEach((row, index) => {
        row.hidden = !wanted.every((word) => texts[index].includes(word));
        shown += row.hidden ? 0 : 1;
      });
      const say = { shown: shown.toLocaleString(lang), all: rows.length.toLocaleString(lang) };
      output.textContent = wanted.length ? template.dataset.count.replace(/\{(\w+)\}/g, (_, name) => say[name]) : "";
      if (note) note.hidden = !wanted.length;
    });
  };

  for (const table of all("table[data-sheet]")) {
    const [body] = table.tBodies;
    const rows = [...body.rows];
    if (rows.length > 1) sortable(table, body, rows);
    if (rows.length > 7) filterable(table, rows);
  }

  // Only what scrolls is a stop for the keyboard.
  const boxes = new ResizeObserver((entries) => {
    for (const { target } of entries) {
      if (target.scrollWidth > target.clientWidth) target.tabIndex = 0;
      else target.removeAttribute("tabindex");
    }
  });
  all(".scroll").forEach((box) => boxes.observe(box));

  // The navigation marks the section that is being read.
  const links = new Map(all("nav a").map((link) => [link.hash.slice(1), link]));
  const reading = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      if (!isIntersecting) continue;
      links.forEach((link) => link.removeAttribute("aria-current"));
      links.get(target.id).setAttribute("aria-current", "true");
    }
  }, { rootMargin: "-20% 0px -75% 0px" });
  links.forEach((_, id) => reading.observe(document.getElementById(id)));

  // Paper unfolds nothing by itself.
  const folded = [];
  addEventListener("beforeprint", () => {
    folded.push(...all("details:not([open])"));
    folded.forEach((details) => (details.open = true));
  });
  addEventListener("afterprint", () => folded.splice(0).forEach((details) => (details.open = false)));
})();
