"use strict";
// The page is whole without this script. It reads the tables that are there, draws the
// map of sizes from them, and makes long tables quick to search. Names come from images
// that others made: they are only ever put into the page as text, never as HTML.
(() => {
  const make = (name, props, ...children) => {
    const node = document.createElement(name);
    for (const [key, value] of Object.entries(props || {})) {
      if (key === "class") node.className = value;
      else if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
      else if (value !== false && value !== undefined) node.setAttribute(key, value === true ? "" : value);
    }
    node.append(...children);
    return node;
  };

  const size = (n) => {
    if (n < 1000) return n + " B";
    for (const unit of ["kB", "MB", "GB"]) {
      n /= 1000;
      if (n < 99.95) return n.toFixed(1) + " " + unit;
      if (n < 999.5) return n.toFixed(0) + " " + unit;
    }
    return n.toFixed(0) + " GB";
  };
  const number = (n) => n.toLocaleString("en");
  const files = (n) => (n === 1 ? "1 file" : number(n) + " files");
  const share = (part, whole) => {
    const percent = whole ? (part * 100) / whole : 0;
    return percent && percent < 1 ? "under 1%" : Math.round(percent) + "%";
  };
  const text = (row, column) => row.cells[column].textContent;

  // A list keeps the rows of a table out of the page and shows some of them: those that
  // match, in an order, a few at a time.
  const PAGE = 100;
  const makeList = (table, noun, choices) => {
    const body = table.tBodies[0];
    const all = [...body.rows];
    const state = { query: "", choice: "", column: -1, down: true, shown: PAGE, only: null };
    let found = all;
    const haystack = new Map();
    const hay = (row) => {
      if (!haystack.has(row)) haystack.set(row, row.textContent.toLowerCase());
      return haystack.get(row);
    };
    const status = make("p", { class: "count", "aria-live": "polite" });
    const search = make("input", { type: "search", placeholder: "Search", "aria-label": "Search " + noun, autocomplete: "off", spellcheck: "false" });
    const more = make("button", { type: "button", class: "more", onclick: () => { state.shown += 5 * PAGE; show(); } });
    const chip = make("button", { type: "button", class: "chip", hidden: true, onclick: () => { api.only(null); search.focus(); } });
    const tools = make("div", { class: "tools" }, search);
    if (choices) {
      const select = make("select", { "aria-label": "Show", onchange: () => { state.choice = select.value; refresh(); } },
        make("option", { value: "" }, "All"),
        ...choices.map(([id, name]) => make("option", { value: id }, name)));
      tools.append(select);
    }
    tools.append(chip, status);
    table.before(tools);
    table.after(more);
    search.addEventListener("input", () => { state.query = search.value; refresh(); });

    const show = () => {
      body.replaceChildren(...found.slice(0, state.shown));
      const left = found.length - state.shown;
      more.hidden = left <= 0;
      more.textContent = "Show " + number(Math.min(left, 5 * PAGE)) + " more of " + number(Math.max(left, 0));
    };
    const key = (row) => {
      if ("b" in row.dataset && state.column === 1) return +row.dataset.b;
      const value = text(row, state.column);
      const match = /^([\d.,]+)(?: ([kMGT]?B))?$/.exec(value);
      if (!match) return value.toLowerCase();
      return parseFloat(match[1].replaceAll(",", "")) * ({ kB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12 }[match[2]] || 1);
    };
    const refresh = () => {
      const words = state.query.toLowerCase().split(/\s+/).filter(Boolean);
      found = all.filter((row) =>
        (!state.choice || row.dataset.k === state.choice) &&
        (!state.only || row.dataset[state.only.key] === state.only.value) &&
        words.every((word) => hay(row).includes(word)));
      if (state.column >= 0) {
        const keys = new Map(found.map((row) => [row, key(row)]));
        const sign = state.down ? -1 : 1;
        found.sort((a, b) => {
          const x = keys.get(a), y = keys.get(b);
          return sign * (typeof x === typeof y ? (x < y ? -1 : x > y ? 1 : 0) : typeof x === "number" ? -1 : 1);
        });
      }
      state.shown = PAGE;
      const bytes = found.reduce((sum, row) => sum + (+row.dataset.b || 0), 0);
      status.textContent = (found.length === all.length ? number(all.length) : number(found.length) + " of " + number(all.length)) + " " + noun + (bytes ? ", " + size(bytes) : "");
      show();
    };
    [...table.tHead.rows[0].cells].forEach((th, column) => {
      const button = make("button", { type: "button", onclick: () => {
        const numbers = th.classList.contains("n");
        state.down = state.column === column ? !state.down : numbers;
        state.column = column;
        for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
        th.setAttribute("aria-sort", state.down ? "descending" : "ascending");
        refresh();
      } }, ...th.childNodes);
      th.append(button);
    });
    // On paper all that matches is there.
    window.addEventListener("beforeprint", () => { const was = state.shown; state.shown = Infinity; show(); state.shown = was; });
    window.addEventListener("afterprint", show);

    const api = {
      only: (only) => {
        state.only = only;
        chip.hidden = !only;
        if (only) chip.textContent = only.name + " ✕";
        if (only) chip.setAttribute("aria-label", "Remove the filter " + only.name);
        refresh();
      },
      search: (query) => { search.value = state.query = query; api.only(null); },
      reveal: () => { table.closest("section").scrollIntoView(); search.focus({ preventScroll: true }); },
    };
    refresh();
    return api;
  };

  // The map.
  const newNode = (name, parent) => ({ name, parent, bytes: 0, files: 0, children: new Map(), row: null, classes: new Map() });

  // grow makes the tree of what has a size. With titles the first level is no folder.
  const grow = (rows, segments, titles) => {
    const root = newNode("", null);
    for (const row of rows) {
      const bytes = +row.dataset.b;
      if (!bytes) continue;
      let node = root;
      const visit = (n) => {
        n.bytes += bytes;
        n.files++;
        n.classes.set(row.dataset.k, (n.classes.get(row.dataset.k) || 0) + bytes);
      };
      visit(node);
      for (const name of segments(row)) {
        if (!node.children.has(name)) node.children.set(name, newNode(name, node));
        node = node.children.get(name);
        node.title = titles && node.parent === root;
        visit(node);
      }
      node.row = row;
    }
    return root;
  };

  // A folder with nothing in it but one other is no step of the way.
  const enter = (node) => {
    while (!node.row && node.children.size === 1) {
      const [only] = node.children.values();
      if (only.row) break;
      node = only;
    }
    return node;
  };
  const label = (node, above) => {
    const names = [];
    let title = "";
    for (let at = node; at && at !== above; at = at.parent) {
      if (at.name) names.unshift(at.name);
      if (at.title) title = at.name;
    }
    return title || names.join("/");
  };
  const dominant = (node) => [...node.classes].reduce((a, b) => (b[1] > a[1] ? b : a))[0];

  // children lists the largest, and the rest as one.
  const parts = (node, most) => {
    const all = [...node.children.values()].sort((a, b) => b.bytes - a.bytes || (a.name < b.name ? -1 : 1));
    if (all.length <= most + 1) return all;
    const rest = newNode("and " + number(all.length - most) + " more", node);
    rest.several = true;
    for (const child of all.slice(most)) {
      rest.children.set(child.name, child);
      rest.bytes += child.bytes;
      rest.files += child.files;
      for (const [k, n] of child.classes) rest.classes.set(k, (rest.classes.get(k) || 0) + n);
    }
    return [...all.slice(0, most), rest];
  };

  // squarify lays nodes out as nearly square (Bruls, Huizing, van Wijk 2000).
  const squarify = (nodes, x, y, w, h, place) => {
    let total = nodes.reduce((sum, n) => sum + n.bytes, 0);
    let at = 0;
    while (at < nodes.length && w > 0.5 && h > 0.5) {
      const side = Math.min(w, h);
      const scale = (w * h) / total;
      let sum = 0, end = at, worst = Infinity;
      while (end < nodes.length) {
        const next = sum + nodes[end].bytes;
        const thick = (next * scale) / side;
        let ratio = 1;
        for (let i = at; i <= end; i++) {
          const long = (nodes[i].bytes * scale) / thick;
          ratio = Math.max(ratio, long / thick, thick / long);
        }
        if (ratio > worst) break;
        worst = ratio; sum = next; end++;
      }
      const thick = (sum * scale) / side;
      let along = 0;
      for (let i = at; i < end; i++) {
        const long = (nodes[i].bytes * scale) / thick;
        if (w >= h) place(nodes[i], x, y + along, thick, long);
        else place(nodes[i], x + along, y, long, thick);
        along += long;
      }
      if (w >= h) { x += thick; w -= thick; } else { y += thick; h -= thick; }
      total -= sum;
      at = end;
    }
  };

  const makeMap = (home, rows, list, names) => {
    const path = (row) => row.cells[0].firstChild.textContent;
    const folders = (row) => path(row).split("/").filter(Boolean);
    const groups = [
      ["Folder", folders],
      ["Package", (row) => [text(row, 3) || "no package", ...folders(row)]],
      ["Purpose", (row) => [names.get(row.dataset.k), ...folders(row)]],
    ];
    let root = null, current = null;
    const trail = make("nav", { class: "trail", "aria-label": "Where in the map" });
    const area = make("div", { class: "area", role: "group", "aria-label": "Map of sizes. Arrow keys move, Enter opens, Backspace goes back." });
    const about = make("div", { class: "about", "aria-live": "polite" });
    const radios = make("div", { class: "by", role: "group", "aria-label": "Arrange the map by" }, make("span", {}, "Arrange by"));
    groups.forEach(([name, segments], i) => radios.append(make("button", {
      type: "button", "aria-pressed": String(i === 0),
      onclick: (event) => {
        for (const button of radios.querySelectorAll("button")) button.setAttribute("aria-pressed", String(button === event.currentTarget));
        start(segments);
      },
    }, name)));
    const legend = make("p", { class: "legend" });
    for (const [id, name] of names) if (rows.some((row) => row.dataset.k === id && +row.dataset.b)) legend.append(make("span", {}, make("span", { class: "swatch k-" + id }), name));

    const describe = (node) => {
      const name = make("b", {}, node.row ? path(node.row) : label(node, root) || "All of the image");
      const facts = " " + size(node.bytes) + ", " + share(node.bytes, root.bytes) + " of the image" + (node.row ? "" : ", " + files(node.files));
      about.replaceChildren(name, facts);
      if (!node.row) return;
      const why = make("p", {}, ...[...node.row.cells[2].childNodes].map((n) => n.cloneNode(true)));
      about.append(why);
    };
    const open = (node) => {
      if (node.row) {
        describe(node);
        about.append(make("button", { type: "button", class: "link", onclick: () => { list.search(path(node.row)); list.reveal(); } }, "Show it in the list of files"));
        return;
      }
      current = enter(node);
      draw();
      describe(current);
      const first = area.querySelector("button");
      if (first) first.focus({ preventScroll: true });
    };
    const up = () => {
      let node = current.parent;
      while (node && node.parent && enter(node) === current) node = node.parent;
      if (node) open(node);
    };

    const drawTrail = () => {
      const steps = [];
      for (let node = current; node; node = node.parent) if (!node.parent || enter(node) === node || node === current) steps.unshift(node);
      const items = steps.map((node, i) => {
        const name = i ? label(node, steps[i - 1]) : "All, " + size(root.bytes);
        return make("li", {}, i === steps.length - 1 ? make("span", { "aria-current": "location" }, name) : make("button", { type: "button", onclick: () => open(node) }, name));
      });
      trail.replaceChildren(make("ol", {}, ...items));
    };
    // position is in shares of what a cell is in, whose size is width and height: a sheet
    // of paper has another width than the window.
    const position = (node, x, y, w, h, width, height) => {
      const style = node.style;
      style.left = (100 * x) / width + "%"; style.top = (100 * y) / height + "%";
      style.width = (100 * Math.max(w - 2, 1)) / width + "%"; style.height = (100 * Math.max(h - 2, 1)) / height + "%";
    };
    const byCell = new WeakMap();
    // nest draws what is in a folder into its cell, and so on where there is room.
    const nest = (cell, from, width, height) => {
      if (width > 110) cell.firstChild.append(make("span", { class: "size" }, " " + size(from.bytes)));
      squarify(parts(from, 30), 0, 0, width - 8, height - 28, (child, x, y, w, h) => {
        const inner = !child.row && !child.several && w > 70 && h > 56;
        const piece = make("span", { class: "piece " + (inner ? "holds" : "k-" + dominant(child)), "aria-hidden": "true" });
        if (inner || (w > 44 && h > 18)) piece.append(make("span", { class: "name" }, label(child.row ? child : enter(child), from)));
        if (inner) nest(piece, enter(child), w, h);
        position(piece, x + 2, y + 22, w, h, width - 4, height - 4);
        byCell.set(piece, child);
        cell.append(piece);
      });
    };
    const draw = () => {
      drawTrail();
      const width = area.clientWidth || 900, height = area.clientHeight || 544; // of an image that is shown on paper alone, too
      const cells = [];
      squarify(parts(current, 40), 0, 0, width, height, (node, x, y, w, h) => {
        const inner = !node.row && !node.several && w > 70 && h > 60;
        const name = label(node.row ? node : enter(node), current);
        const cell = make("button", { type: "button", class: "cell " + (inner ? "holds" : "k-" + dominant(node)), tabindex: cells.length ? "-1" : "0",
          "aria-label": (node.row || node.title || node.several ? "" : "Folder ") + name + ", " + size(node.bytes) + ", " + share(node.bytes, root.bytes) + (node.row ? ", " + names.get(node.row.dataset.k) : ", " + files(node.files)) });
        if (w > 34 && h > 20) cell.append(make("span", { class: "name" }, name));
        if (w > 54 && h > 38 && !inner) cell.append(make("span", { class: "size" }, size(node.bytes)));
        if (inner) nest(cell, enter(node), w, h);
        position(cell, x, y, w, h, width, height);
        byCell.set(cell, node);
        cells.push(cell);
      });
      area.replaceChildren(...cells);
    };
    const nodeAt = (target) => {
      const cell = target.closest(".piece, .cell");
      return cell && byCell.get(cell);
    };
    area.addEventListener("click", (event) => {
      // A key press on a cell is about the cell, a click on a piece about the piece.
      const node = nodeAt(event.detail ? event.target : event.target.closest(".cell"));
      if (node) open(node);
    });
    for (const kind of ["mouseover", "focusin"]) area.addEventListener(kind, (event) => { const node = nodeAt(event.target); if (node) describe(node); });
    area.addEventListener("keydown", (event) => {
      const from = event.target.closest(".cell");
      if (event.key === "Backspace" || event.key === "Escape") { event.preventDefault(); up(); return; }
      const toward = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
      if (!from || !toward) return;
      event.preventDefault();
      const middle = (cell) => [cell.offsetLeft + cell.offsetWidth / 2, cell.offsetTop + cell.offsetHeight / 2];
      const [fx, fy] = middle(from);
      let best = null, distance = Infinity;
      for (const cell of area.children) {
        const [cx, cy] = middle(cell);
        const ahead = (cx - fx) * toward[0] + (cy - fy) * toward[1];
        const aside = Math.abs((cx - fx) * toward[1]) + Math.abs((cy - fy) * toward[0]);
        if (ahead > 1 && ahead + 2 * aside < distance) { best = cell; distance = ahead + 2 * aside; }
      }
      if (best) { from.tabIndex = -1; best.tabIndex = 0; best.focus(); }
    });
    const start = (segments) => {
      root = grow(rows, segments, segments !== folders);
      current = enter(root);
      draw();
      describe(current);
    };
    const fallback = [...home.childNodes];
    const details = make("details", { class: "fallback" }, make("summary", {}, "The same as a table: the largest folders"), ...fallback.slice(1));
    home.replaceChildren(make("h3", {}, "Map of sizes"),
      make("p", {}, "The larger an area, the more space it takes.", make("span", { class: "hint" }, " Click an area to go into it.")),
      radios, legend, trail, area, about, details);
    start(groups[0][1]);
    new ResizeObserver(() => { draw(); }).observe(area);
  };

  const setUp = (article) => {
    const table = article.querySelector("table.files");
    const rows = [...table.tBodies[0].rows];
    const names = new Map();
    for (const row of rows) if (!names.has(row.dataset.k)) names.set(row.dataset.k, row.cells[2].querySelector("b").textContent);
    const list = makeList(table, "paths", [...names]);
    makeMap(article.querySelector(".map-home"), rows, list, names);
    const filterFrom = (tableRows, key, column) => {
      for (const row of tableRows) {
        const cell = row.cells[column];
        if (!cell || cell.textContent === "0") continue;
        const name = row.cells[0].firstChild.textContent;
        cell.replaceChildren(make("button", { type: "button", class: "link", "aria-label": cell.textContent + " files of " + name + ", show them",
          onclick: () => { list.search(""); list.only({ key, value: row.dataset[key], name }); list.reveal(); } }, cell.textContent));
      }
    };
    const packages = article.querySelector("table.packages");
    if (packages && packages.tHead.rows[0].cells.length > 5) {
      filterFrom([...packages.tBodies[0].rows], "p", 5);
      if (packages.tBodies[0].rows.length > 25) makeList(packages, "packages");
    }
    const layers = article.querySelector("table.layers");
    if (layers) filterFrom([...layers.tBodies[0].rows], "l", 2);
  };

  // What is folded is open on paper.
  let folded = [];
  window.addEventListener("beforeprint", () => {
    folded = [...document.querySelectorAll("details:not([open])")];
    for (const details of folded) details.open = true;
  });
  window.addEventListener("afterprint", () => { for (const details of folded) details.open = false; });

  const articles = [...document.querySelectorAll("article.image")];
  articles.forEach(setUp);

  // Of several images one is shown at a time.
  const choose = () => {
    const target = document.getElementById(location.hash.slice(1));
    const chosen = (target && target.closest("article.image")) || articles[0];
    for (const article of articles) article.hidden = article !== chosen;
    for (const link of document.querySelectorAll("nav.images a")) {
      if (link.hash === "#" + chosen.id) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
    if (target) target.scrollIntoView();
  };
  if (articles.length > 1) {
    window.addEventListener("hashchange", choose);
    choose();
  }
})();
