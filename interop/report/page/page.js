// Puts it together: filters, keys, and drawing again when the address changes.

const narrow = matchMedia("(max-width: 720px)");

function mode() {
  return narrow.matches ? "list" : view.mode || "grid";
}

function draw() {
  const found = cells.filter(matcher());
  drawChips();
  drawControls();
  const total = cells.filter((cell) => cell.state !== "gone").length;
  const filtered = isFiltered();
  $("found").textContent = filtered
    ? `${found.length.toLocaleString("en")} of ${total.toLocaleString("en")} cells`
    : "";
  $("reset").hidden = !filtered;
  const stage = $("stage");
  stage.classList.toggle("as-list", mode() === "list");
  if (!found.length) {
    grid.rows = grid.columns = [];
    stage.replaceChildren(
      h("p", { class: "empty" }, filtered ? "No cell passes these filters." : "This run has no cells."),
    );
  } else if (mode() === "list") drawList(stage, found);
  else drawGrid(stage, found);
}

function isFiltered() {
  return Boolean(view.states.size || view.changes.size || view.group || view.client || view.server || view.q);
}

// ---- Filters

function drawChips() {
  const focused = document.activeElement && document.activeElement.dataset.key;
  const states = countBy(cells.filter(matcher("states")), "state");
  const kinds = countBy(cells.filter(matcher("changes")), "change");
  const present = new Set(cells.map((cell) => cell.state));
  const items = data.states
    .filter((state) => present.has(state))
    .map((state) =>
      chip("states", state, GLYPHS[state], states.get(state) || 0, MEANINGS[state], `s-${state}`),
    );
  const bad = [...data.unexpected].filter((state) => present.has(state));
  if (bad.length > 1) items.unshift(badChip(bad, states));
  if (data.baseline) {
    const changed = new Set(cells.map((cell) => cell.change));
    $("changes").replaceChildren(
      h("li", { class: "label" }, "since the baseline:"),
      ...Object.keys(CHANGES)
        .filter((kind) => changed.has(kind))
        .map((kind) =>
          chip("changes", kind, CHANGES[kind][0], kinds.get(kind) || 0, CHANGES[kind][1], `c-${kind}`),
        ),
    );
  }
  $("chips").replaceChildren(...items);
  const again = focused && document.querySelector(`[data-key="${CSS.escape(focused)}"]`);
  if (again) again.focus();
}

function chip(set, name, glyph, count, meaning, look) {
  const on = view[set].has(name);
  return h(
    "li",
    {},
    h(
      "button",
      {
        type: "button",
        class: `chip ${look}`,
        title: meaning,
        "aria-pressed": String(on),
        "data-key": `${set} ${name}`,
        "data-count": count,
        onclick: () => {
          const wanted = new Set(view[set]);
          if (on) wanted.delete(name);
          else wanted.add(name);
          go({ [set]: wanted });
        },
      },
      h("span", { class: "glyph", "aria-hidden": "true" }, glyph),
      ` ${name} `,
      h("b", {}, count.toLocaleString("en")),
    ),
  );
}

/** All unexpected states at one press. */
function badChip(bad, counts) {
  const on = bad.every((state) => view.states.has(state)) && view.states.size === bad.length;
  const count = bad.reduce((sum, state) => sum + (counts.get(state) || 0), 0);
  return h(
    "li",
    {},
    h(
      "button",
      {
        type: "button",
        class: "chip all-bad",
        "aria-pressed": String(on),
        "data-key": "unexpected",
        "data-count": count,
        title: `all of ${bad.join(", ")}`,
        onclick: () => go({ states: new Set(on ? [] : bad) }),
      },
      "unexpected ",
      h("b", {}, count.toLocaleString("en")),
    ),
  );
}

function drawControls() {
  options($("group"), "All groups", groups, view.group);
  options(
    $("client"),
    "All clients",
    data.clients.map((client) => client.name),
    view.client,
  );
  if (document.activeElement !== $("search")) $("search").value = view.q;
  const servers = $("servers");
  if (!servers.children.length) {
    for (const name of ["", ...data.servers.map((server) => server.name)]) {
      servers.append(
        h(
          "button",
          { type: "button", "data-server": name, onclick: () => go({ server: name }) },
          name || "All servers",
        ),
      );
    }
  }
  press(servers, (button) => button.dataset.server === view.server);
  press($("modes"), (button) => button.dataset.mode === mode());
}

function press(holder, isOn) {
  for (const button of holder.children) button.setAttribute("aria-pressed", String(isOn(button)));
}

function options(select, all, names, value) {
  if (!select.options.length) {
    select.append(...["", ...names].map((name) => h("option", { value: name }, name || all)));
  }
  select.value = value;
}

// ---- Events

let seen = null; // the address that was drawn last
let drawn = null; // the filters of what is on the stage

function onAddress() {
  const now = `${narrow.matches} ${location.hash}`;
  if (now === seen) return;
  seen = now;
  readAddress();
  const wanted = `${mode()} ${address({ cell: "", pick: "" })}`;
  if (wanted !== drawn) draw();
  drawn = wanted;
  drawPanel();
}

$("group").addEventListener("change", (event) => go({ group: event.target.value }));
$("client").addEventListener("change", (event) => go({ client: event.target.value }));
$("reset").addEventListener("click", () => {
  $("search").value = "";
  go({ states: new Set(), changes: new Set(), group: "", client: "", server: "", q: "" });
  $("search").focus();
});
for (const button of $("modes").children) {
  button.addEventListener("click", () =>
    go({ mode: button.dataset.mode === "grid" ? "" : button.dataset.mode }),
  );
}
let typing = 0;
$("search").addEventListener("input", () => {
  clearTimeout(typing);
  typing = setTimeout(() => go({ q: $("search").value.trim() }), 120);
});
document.addEventListener("click", (event) => {
  const item = event.target.closest("a[data-cell]");
  if (!item || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  openCell(cells[Number(item.dataset.cell)]);
});
document.addEventListener("keydown", (event) => {
  const typingNow = /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName);
  if (event.key === "Escape" && !$("panel").hidden) {
    closePanel();
  } else if (event.key === "/" && !typingNow) {
    event.preventDefault();
    $("search").focus();
  } else if ((event.key === "[" || event.key === "]") && !typingNow && view.cell) {
    const button = $(event.key === "[" ? "previous" : "next");
    if (button && !button.disabled) button.click();
  } else if (/^Arrow(Up|Down)$/.test(event.key) && event.target.matches("a.item")) {
    const items = [...event.target.closest("ul").querySelectorAll("a.item")];
    const next = items[items.indexOf(event.target) + (event.key === "ArrowUp" ? -1 : 1)];
    if (next) {
      event.preventDefault();
      next.focus();
    }
  }
});
addEventListener("hashchange", onAddress);
narrow.addEventListener("change", onAddress);
addEventListener("resize", () => {
  if ($("grid")) fit($("grid").parentElement);
});
onAddress();
document.body.classList.add("ready");
