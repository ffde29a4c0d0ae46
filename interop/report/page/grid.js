// The grid: a row for each scenario, a column for each client and server. Rows are filled when they
// come near the window; with ten thousand cells only what can be seen has elements.

const grid = { columns: [], rows: [], at: [0, 1], filler: null };

function drawGrid(stage, found) {
  const shownServers = new Set(found.map((cell) => cell.serverAt));
  const shownClients = new Set(found.map((cell) => cell.clientAt));
  const servers = data.servers.map((_, at) => at).filter((at) => shownServers.has(at));
  const clients = data.clients.map((_, at) => at).filter((at) => shownClients.has(at));
  grid.columns = clients.flatMap((client) => servers.map((server) => ({ client, server })));
  const columnOf = new Map(grid.columns.map((one, at) => [`${one.client} ${one.server}`, at]));
  const rows = new Map();
  for (const cell of found) {
    if (!rows.has(cell.scenarioAt)) rows.set(cell.scenarioAt, { scenario: cell.scenario, cells: [] });
    const row = rows.get(cell.scenarioAt).cells;
    const at = columnOf.get(`${cell.clientAt} ${cell.serverAt}`);
    (row[at] = row[at] || []).push(cell);
  }
  grid.rows = [...rows.entries()].sort(([one], [other]) => one - other).map(([, row]) => row);
  if (grid.filler) grid.filler.disconnect();

  const table = h("div", {
    role: "grid",
    class: "grid",
    id: "grid",
    "aria-label": "Scenarios by clients",
    "aria-rowcount": grid.rows.length + 1,
    "aria-colcount": grid.columns.length + 1,
  });
  table.style.setProperty("--columns", grid.columns.length);
  const scroller = h("div", { class: "scroller" }, table);
  fit(scroller);
  grid.filler = new IntersectionObserver(
    (entries) => {
      for (const entry of entries) if (entry.isIntersecting) fill(entry.target);
    },
    { root: scroller, rootMargin: "500px 0px" },
  );

  table.append(headRow(clients, servers));
  let group = null,
    band = null;
  grid.rows.forEach((row, at) => {
    if (row.scenario.group !== group) {
      group = row.scenario.group;
      band = h("div", { role: "rowgroup", class: "band", "aria-label": group });
      band.append(h("div", { class: "group", role: "presentation" }, h("span", {}, group)));
      table.append(band);
    }
    band.append(scenarioRow(row, at + 1, servers.length));
  });
  grid.at = [Math.min(grid.at[0], grid.rows.length), Math.min(grid.at[1], grid.columns.length)];
  table.addEventListener("keydown", onGridKey);
  table.addEventListener("click", onGridClick);
  table.addEventListener("mouseover", onGridOver);
  table.addEventListener("focusin", (event) => {
    const at = placeOf(event.target);
    if (at) setFocusPlace(at);
  });
  stage.replaceChildren(scroller);
  setFocusPlace(grid.at);
}

/** Columns as wide as lets all of them be seen at once, within reason. */
function fit(scroller) {
  const first = innerWidth < 1200 ? 190 : 215;
  const width = Math.max(17, Math.min(30, Math.floor((innerWidth - first - 16) / grid.columns.length)));
  const longest = Math.max(...grid.columns.map(({ client }) => data.clients[client].name.length));
  scroller.style.setProperty("--cell", `${width}px`);
  scroller.style.setProperty("--first", `${first}px`);
  scroller.style.setProperty("--head", `${Math.min(180, Math.max(70, 36 + 6.8 * longest))}px`);
  scroller.classList.toggle("dense", width < 24);
}

function headRow(clients, servers) {
  const many = servers.length > 1;
  const names = servers.map((at) => data.servers[at].name);
  const row = h(
    "div",
    { role: "row", class: "row head", "aria-rowindex": 1 },
    h(
      "div",
      { role: "columnheader", class: "corner", "data-at": "0,0", tabindex: -1 },
      h("span", {}, many ? h("b", {}, "Columns: ") : null, names.join(" | ")),
    ),
  );
  clients.forEach((at, number) => {
    const client = data.clients[at];
    const some = cells.filter((cell) => cell.clientAt === at && cell.state !== "gone");
    const bad = some.filter((cell) => BAD.has(cell.state)).length;
    const header = h(
      "div",
      {
        role: "columnheader",
        class: "client",
        tabindex: -1,
        "data-at": `0,${number * servers.length + 1}`,
        "aria-colindex": number * servers.length + 2,
        "aria-colspan": servers.length,
        "aria-label": `${client.name}: ${tally(some)}`,
        title: `${client.name} ${client.version || ""}\n${tally(some)}`,
      },
      h("span", { class: "name" }, client.name),
      bad ? h("span", { class: "bad" }, String(bad)) : null,
    );
    header.style.gridColumn = `span ${servers.length}`;
    row.append(header);
  });
  return row;
}

function scenarioRow(row, at, span) {
  const scenario = row.scenario;
  const values = new Set(row.cells.flat().map((cell) => cell.value)).size;
  const level = scenario.level || "";
  const name = scenario.id.slice(scenario.id.indexOf("/") + 1);
  const element = h(
    "div",
    { role: "row", class: "row", "aria-rowindex": at + 1, "data-row": at, "data-span": span },
    h(
      "div",
      {
        role: "rowheader",
        class: "scenario",
        "data-at": `${at},0`,
        tabindex: -1,
        title: [scenario.title, scenario.reference, level].filter(Boolean).join("\n"),
      },
      h("span", { class: "name" }, name),
      values > 1 ? h("span", { class: "count" }, `\u00d7${values}`) : null,
    ),
  );
  if (at <= 45) fill(element);
  else grid.filler.observe(element);
  return element;
}

function fill(row) {
  if (row.dataset.full) return;
  row.dataset.full = "yes";
  grid.filler.unobserve(row);
  const at = Number(row.dataset.row),
    span = Number(row.dataset.span);
  const some = grid.rows[at - 1].cells;
  row.append(...grid.columns.map((_, column) => gridCell(some[column], at, column, span)));
}

function gridCell(some, row, column, span) {
  const { client, server } = grid.columns[column];
  const who = `${data.clients[client].name}, ${data.servers[server].name}`;
  const edge = span > 1 && column % span === 0 ? " edge" : "";
  const place = {
    role: "gridcell",
    "data-at": `${row},${column + 1}`,
    "aria-colindex": column + 2,
    tabindex: -1,
  };
  if (!some) return h("span", { ...place, class: `cell none${edge}`, "aria-label": `${who}: no cell` });
  const state = worstOf(some);
  const mixed = some.some((cell) => cell.state !== state) ? " mixed" : "";
  const kinds = new Set(some.map((cell) => cell.change));
  const change = Object.keys(CHANGES).find((kind) => kinds.has(kind));
  const label = `${who}: ${some.length === 1 ? state : tally(some)}${change ? `, ${CHANGES[change][1]}` : ""}`;
  return h(
    "span",
    {
      ...place,
      class: `cell s-${state}${edge}${mixed}${change ? ` changed c-${change}` : ""}`,
      "aria-label": label,
    },
    GLYPHS[state],
  );
}

// ---- Moving and opening

function placeOf(target) {
  const holder = target.closest && target.closest("[data-at]");
  return holder ? holder.dataset.at.split(",").map(Number) : null;
}

function elementAt([row, column]) {
  const table = $("grid");
  if (!table) return null;
  if (row > 0) {
    const element = table.querySelector(`[data-row="${row}"]`);
    if (element) fill(element);
  }
  return table.querySelector(`[data-at="${row},${column}"]`);
}

function setFocusPlace(at) {
  const before = document.querySelector("#grid [tabindex='0']");
  if (before) before.tabIndex = -1;
  const element = elementAt(at) || elementAt([0, 0]);
  if (!element) return;
  grid.at = placeOf(element);
  element.tabIndex = 0;
}

function onGridKey(event) {
  if (event.altKey || event.metaKey) return;
  let [row, column] = grid.at;
  const last = [grid.rows.length, grid.columns.length];
  const spans = last[0] ? Number(document.querySelector("#grid [data-span]").dataset.span) : 1;
  const step = row === 0 ? spans : 1; // a client's header is as wide as its servers
  switch (event.key) {
    case "ArrowDown":
      row += 1;
      break;
    case "ArrowUp":
      row -= 1;
      break;
    case "ArrowRight":
      column += column === 0 ? 1 : step;
      break;
    case "ArrowLeft":
      column -= column <= step ? column : step;
      break;
    case "PageDown":
      row += 15;
      break;
    case "PageUp":
      row -= 15;
      break;
    case "Home":
      column = 0;
      if (event.ctrlKey) row = 0;
      break;
    case "End":
      column = last[1];
      if (event.ctrlKey) row = last[0];
      break;
    case "Enter":
    case " ":
      event.preventDefault();
      openPlace(grid.at);
      return;
    default:
      return;
  }
  event.preventDefault();
  row = Math.max(0, Math.min(last[0], row));
  column = Math.max(0, Math.min(last[1], column));
  if (row === 0 && column > 0) column -= (column - 1) % spans;
  const element = elementAt([row, column]);
  if (!element) return;
  element.focus({ preventScroll: true });
  element.scrollIntoView({ block: "nearest", inline: "nearest" });
}

function onGridClick(event) {
  const at = placeOf(event.target);
  if (!at) return;
  setFocusPlace(at);
  elementAt(at).focus({ preventScroll: true });
  openPlace(at);
}

/** Opens the cell there, or the list of the cells that it stands for. */
function openPlace([row, column]) {
  const scenario = row > 0 ? grid.rows[row - 1].scenario.id : "*";
  if (row === 0 && column === 0) return;
  if (column === 0) return openPick(`*/${scenario}@${view.server || "*"}`);
  const { client, server } = grid.columns[column - 1];
  const name = data.clients[client].name;
  if (row === 0) return openPick(`${name}/*@${view.server || "*"}`);
  const some = grid.rows[row - 1].cells[column - 1];
  if (!some) return undefined;
  if (some.length === 1) return openCell(some[0]);
  return openPick(`${name}/${scenario}@${data.servers[server].name}`);
}

/** Hover texts are made when needed: they would double the page's elements' weight. */
function onGridOver(event) {
  const element = event.target.closest(".cell");
  if (!element || element.title || element.classList.contains("none")) return;
  const [row, column] = placeOf(element);
  const some = grid.rows[row - 1].cells[column - 1];
  const reason = some.length === 1 && some[0].reason ? `\n${some[0].reason.slice(0, 300)}` : "";
  element.title = `${grid.rows[row - 1].scenario.id}\n${element.getAttribute("aria-label")}${reason}`;
}
