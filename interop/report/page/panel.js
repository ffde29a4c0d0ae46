// The panel at the side: one cell with all that is known of it, or the cells behind a grid cell.

let opener = null; // what had the focus before the panel

function openCell(cell) {
  remember();
  go({ cell: cell.id }, !view.cell && !view.pick);
}

function openPick(pick) {
  remember();
  go({ pick, cell: "" }, !view.cell && !view.pick);
}

function remember() {
  if (!$("panel").contains(document.activeElement)) opener = document.activeElement;
}

function closePanel() {
  go({ cell: "", pick: "" });
}

/** Draws what the address says, or nothing. */
function drawPanel() {
  const panel = $("panel");
  const wasOpen = !panel.hidden;
  const hadFocus = panel.contains(document.activeElement);
  const cell = byId.get(view.cell);
  panel.hidden = !view.cell && !view.pick;
  document.body.classList.toggle("opened", !panel.hidden);
  if (panel.hidden) {
    panel.replaceChildren();
    if (wasOpen) giveFocusBack();
    return;
  }
  if (cell) panel.replaceChildren(...cellPanel(cell));
  else if (view.pick) panel.replaceChildren(...pickPanel(view.pick));
  else panel.replaceChildren(...emptyPanel(view.cell));
  panel.scrollTop = 0;
  if (!wasOpen || hadFocus) panel.focus({ preventScroll: true });
  markOpen(cell);
}

function giveFocusBack() {
  const target = opener && opener.isConnected ? opener : elementAt(grid.at) || $("search");
  opener = null;
  if (target) target.focus({ preventScroll: true });
}

/** Shows in the grid or list which cell is open. */
function markOpen(cell) {
  for (const element of document.querySelectorAll("[aria-current]")) element.removeAttribute("aria-current");
  if (!cell) return;
  const item = document.querySelector(`#list [data-cell="${cell.number}"]`);
  if (item) item.setAttribute("aria-current", "true");
  const row = grid.rows.findIndex((one) => one.scenario === cell.scenario);
  const column = grid.columns.findIndex(
    (one) => one.client === cell.clientAt && one.server === cell.serverAt,
  );
  if (row < 0 || column < 0 || !$("grid")) return;
  const element = elementAt([row + 1, column + 1]);
  if (element) {
    element.setAttribute("aria-current", "true");
    element.scrollIntoView({ block: "nearest", inline: "nearest" });
    setFocusPlace([row + 1, column + 1]);
  }
}

function bar(title, ...buttons) {
  return h(
    "div",
    { class: "bar" },
    h("div", { class: "bar-title" }, title),
    ...buttons,
    h(
      "button",
      {
        type: "button",
        class: "icon",
        "aria-label": "Close",
        title: "Close (Esc)",
        id: "close",
        onclick: closePanel,
      },
      "\u2715",
    ),
  );
}

function emptyPanel(id) {
  return [
    bar("No such cell"),
    h("h2", { id: "panel-title" }, id),
    h("p", {}, "This report has no cell of that name."),
  ];
}

// ---- A list of cells

function pickPanel(pick) {
  const some = picked(pick).filter((cell) => cell.state !== "gone");
  const [, client, scenario, server] = /^([^/]*)\/(.*)@([^@]*)$/.exec(pick) || ["", "?", "?", "?"];
  const about = data.scenarios.find((one) => one.id === scenario);
  const program = data.clients.find((one) => one.name === client);
  const title = [client, scenario].filter((word) => word !== "*").join(" \u00b7 ") || "All cells";
  const list = h("ul", { class: "list" });
  const where = h("div", { class: "pick" }, list);
  growing(list, worstFirst(some), null, scenario !== "*" && client !== "*" && server !== "*");
  const filter =
    client === "*"
      ? null
      : h(
          "button",
          {
            type: "button",
            class: "plain",
            onclick: () => go({ client: client === view.client ? "" : client }),
          },
          client === view.client ? "Show all clients" : `Show only ${client}`,
        );
  return [
    bar(server === "*" ? "All servers" : server),
    h("h2", { id: "panel-title" }, title),
    about ? aboutScenario(about) : null,
    program
      ? h("p", { class: "note" }, [program.version, program.family].filter(Boolean).join(" \u00b7 "))
      : null,
    h("p", { class: "sum" }, `${some.length} cells: ${tally(some)}`),
    filter,
    where,
  ].filter(Boolean);
}

function aboutScenario(scenario) {
  const words = [
    scenario.reference,
    scenario.level,
    scenario.kind !== "transfer" && scenario.kind,
    scenario.core && "core",
    scenario.file,
  ].filter(Boolean);
  return h(
    "div",
    { class: "about" },
    scenario.title ? h("p", {}, scenario.title) : null,
    words.length ? h("p", { class: "note" }, words.join(" \u00b7 ")) : null,
  );
}

// ---- One cell

function cellPanel(cell) {
  const detail = detailOf(cell);
  const order = currentOrder();
  const at = order.indexOf(cell);
  const step = (by, glyph, name) =>
    h(
      "button",
      {
        type: "button",
        class: "icon",
        "aria-label": name,
        title: `${name} (${by < 0 ? "[" : "]"})`,
        id: by < 0 ? "previous" : "next",
        disabled: !order[at + by] || at < 0,
        onclick: () => openCell(order[at + by]),
      },
      glyph,
    );
  const back = view.pick
    ? h(
        "button",
        { type: "button", class: "plain back", onclick: () => go({ cell: "" }) },
        `\u2039 ${picked(view.pick).length} cells`,
      )
    : null;
  return [
    bar(
      back || (at < 0 ? "" : `${at + 1} of ${order.length}`),
      step(-1, "\u2039", "Previous cell"),
      step(1, "\u203a", "Next cell"),
    ),
    h(
      "h2",
      { id: "panel-title" },
      h(
        "span",
        { class: "scenario-name" },
        cell.scenario.id,
        cell.value === null ? null : [" ", h("span", { class: "value" }, cell.value)],
      ),
    ),
    h("p", { class: "who" }, `${cell.client} \u2192 ${cell.server}`),
    outcome(cell, detail),
    section("Scenario", aboutScenario(cell.scenario)),
    section("Checks", checks(detail.checks)),
    section("Runs", runs(detail.runs)),
    section("Negotiated", negotiated(detail)),
    section("On other servers", neighbours(cell)),
    section("Artefacts", artefacts(detail)),
    cell.state === "gone" ? null : section("Run it again", rerun(cell, detail)),
    section("Versions", versionsOf(cell, detail)),
  ].filter(Boolean);
}

/** The cells in the order of the view, to step through. */
function currentOrder() {
  const some = (view.pick ? picked(view.pick) : cells).filter(matcher());
  return view.pick || mode() === "list" ? worstFirst(some) : some;
}

function section(title, content) {
  return content ? h("section", {}, h("h3", {}, title), content) : null;
}

function outcome(cell, detail) {
  const was = cell.change
    ? h(
        "p",
        { class: `note change c-${cell.change}` },
        `${CHANGES[cell.change][0]} ${CHANGES[cell.change][1]}`,
        cell.before ? ` (was ${cell.before})` : "",
      )
    : null;
  return h(
    "div",
    { class: `outcome s-${cell.state}`, id: "outcome" },
    h(
      "div",
      { class: "line" },
      h("span", { class: `glyph s-${cell.state}`, "aria-hidden": "true" }, GLYPHS[cell.state]),
      h("strong", {}, cell.state),
      h("span", { class: "meaning" }, MEANINGS[cell.state]),
      h("span", { class: "time" }, `${cell.seconds.toFixed(2)} s`),
    ),
    h("p", { class: "note" }, "Expected: ", h("b", { id: "expected" }, cell.expected)),
    cell.reason ? h("p", { class: "reason", id: "reason" }, cell.reason) : null,
    was,
  );
}

function checks(some) {
  if (!some) return null;
  return h(
    "ul",
    { class: "checks" },
    some.map((check) =>
      h(
        "li",
        { class: check.ok ? "ok" : "not" },
        h(
          "span",
          {
            class: `glyph s-${check.ok ? "pass" : "fail"}`,
            role: "img",
            "aria-label": check.ok ? "passed" : "failed",
          },
          check.ok ? GLYPHS.pass : GLYPHS.fail,
        ),
        h("span", { class: "check" }, check.check),
        check.detail ? h("span", { class: "detail" }, check.detail) : null,
      ),
    ),
  );
}

function runs(some) {
  if (!some || some.length < 2) return null;
  return h(
    "ol",
    { class: "runs" },
    some.map((run) =>
      h(
        "li",
        {},
        h("span", { class: `glyph s-${run.state}`, "aria-hidden": "true" }, GLYPHS[run.state]),
        ` ${run.state}, ${run.seconds.toFixed(2)} s`,
        run.reason ? h("span", { class: "detail" }, run.reason) : null,
      ),
    ),
  );
}

function said(value) {
  if (value === undefined || value === null) return "";
  if (typeof value === "string") return value === "" ? "(none)" : value;
  return JSON.stringify(value);
}

/** Values by both witnesses, side by side, a difference is marked; and what only the session tells. */
function negotiated(detail) {
  const columns = [
    ["server's record", detail.server],
    ["capture", detail.capture],
  ].filter(([, values]) => values);
  const others = Object.entries(detail.others || {});
  if (!columns.length && !others.length) return null;
  const names = [...new Set(columns.flatMap(([, values]) => Object.keys(values)))];
  const rows = names.map((name) => {
    const values = columns.map(([, one]) => one[name]);
    const known = values.filter((value) => value !== undefined && value !== null);
    const differ = known.length > 1 && said(known[0]) !== said(known[1]);
    return h(
      "tr",
      { class: differ ? "differ" : null },
      h(
        "th",
        { scope: "row" },
        name.replace(/_/g, " "),
        differ ? h("span", { class: "agree" }, " \u2260 differ") : null,
      ),
      values.map((value) => h("td", {}, said(value))),
    );
  });
  rows.push(
    ...others.map(([name, value]) =>
      h(
        "tr",
        {},
        h("th", { scope: "row" }, name.replace(/_/g, " ")),
        h("td", { colspan: Math.max(1, columns.length) }, said(value)),
      ),
    ),
  );
  return h(
    "table",
    { class: "negotiated" },
    h(
      "thead",
      {},
      h(
        "tr",
        {},
        h("td", {}),
        columns.map(([name]) => h("th", { scope: "col" }, name)),
      ),
    ),
    h("tbody", {}, rows),
  );
}

/** The same client and value against the other servers: what no reference meets is suspect. */
function neighbours(cell) {
  const some = cells.filter(
    (one) =>
      one !== cell &&
      one.clientAt === cell.clientAt &&
      one.scenarioAt === cell.scenarioAt &&
      one.value === cell.value,
  );
  if (!some.length) return null;
  return h(
    "p",
    { class: "neighbours" },
    some.map((one) =>
      h(
        "a",
        { class: "neighbour", href: address({ cell: one.id }) },
        h("span", { class: `glyph s-${one.state}`, "aria-hidden": "true" }, GLYPHS[one.state]),
        `${one.server} `,
        h("span", { class: "note" }, one.state),
      ),
    ),
  );
}

function artefacts({ artefacts: some, home }) {
  if (!some) return null;
  // Relative, and each piece encoded: the folders' names hold percent signs themselves.
  const link = (path) => path.split("/").map(encodeURIComponent).join("/");
  const pairs = some.map((one) => (typeof one === "string" ? [one, one] : one));
  return h(
    "ul",
    { class: "artefacts" },
    pairs.map(([name, path]) =>
      h(
        "li",
        {},
        h(
          "a",
          {
            href: `./${link(home ? `${home}/${path}` : path)}`,
            target: "_blank",
            rel: "noopener",
          },
          name,
        ),
      ),
    ),
  );
}

function rerun(cell, detail) {
  const command = detail.rerun || `interop/run --cell '${cell.id.replace(/'/g, "'\\''")}'`;
  const button = h("button", { type: "button", class: "plain copy", id: "copy" }, "Copy");
  button.addEventListener("click", async () => {
    button.textContent = (await copy(command)) ? "Copied" : "Press Ctrl+C";
    setTimeout(() => {
      button.textContent = "Copy";
    }, 1500);
  });
  return h("div", { class: "command" }, h("code", { id: "rerun" }, command), button);
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // no permission, or a browser that has none from a file: the old way
    const range = document.createRange();
    range.selectNodeContents($("rerun"));
    const selection = getSelection();
    selection.removeAllRanges();
    selection.addRange(range);
    return document.execCommand("copy");
  }
}

function versionsOf(cell, detail) {
  const version = (told, known) => told || (known && known.version) || "unknown";
  return h(
    "table",
    { class: "plain-table" },
    h(
      "tbody",
      {},
      h(
        "tr",
        {},
        h("th", { scope: "row" }, cell.client),
        h("td", {}, version(detail.client_version, data.clients[cell.clientAt])),
      ),
      h(
        "tr",
        {},
        h("th", { scope: "row" }, cell.server),
        h("td", {}, version(detail.server_version, data.servers[cell.serverAt])),
      ),
    ),
  );
}
