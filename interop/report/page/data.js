// The cells, the filters, and the address bar: what is shown and why. No element is made here.

const $ = (id) => document.getElementById(id);

/** An element. Text only ever enters as text, never as markup. */
function h(tag, words, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(words || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(2).filter((child) => child !== null && child !== undefined));
  return element;
}

// Each state has a glyph of its own, so that nobody needs the colours.
const GLYPHS = {
  pass: "\u2713",
  fail: "\u2715",
  xfail: "\u25b3",
  xpass: "\u2191",
  unsupported: "\u2013",
  skipped: "\u25cb",
  error: "!",
  timeout: "\u2026",
  crash: "\u2731",
  flaky: "~",
  gone: "\u2205",
};
const MEANINGS = {
  pass: "did what the scenario says",
  fail: "did not do what the scenario says",
  xfail: "failed, as the scenario expects of this client",
  xpass: "passed, although a failure is expected",
  unsupported: "the client cannot do this",
  skipped: "client or server is not on this machine",
  error: "the harness failed",
  timeout: "did not end in time",
  crash: "the server crashed",
  flaky: "not the same in every run",
  gone: "was in the baseline, is not in this run",
};
const CHANGES = {
  worse: ["\u25bc", "worse than in the baseline"],
  better: ["\u25b2", "better than in the baseline"],
  changed: ["\u25c6", "different from the baseline, neither better nor worse"],
  appeared: ["+", "not in the baseline"],
  gone: [GLYPHS.gone, MEANINGS.gone],
};
// A grid cell that stands for several shows the first of these among them.
const WORST = [
  "crash",
  "error",
  "fail",
  "timeout",
  "flaky",
  "xpass",
  "xfail",
  "pass",
  "unsupported",
  "skipped",
  "gone",
];
const RANK = new Map(WORST.map((state, rank) => [state, rank]));

const data = JSON.parse($("index").textContent);
const BAD = new Set(data.unexpected);
const cells = data.cells.map((row, number) => {
  const scenario = data.scenarios[row[2]];
  const client = data.clients[row[0]].name,
    server = data.servers[row[1]].name;
  const value = row[3];
  return {
    number,
    client,
    server,
    scenario,
    value,
    clientAt: row[0],
    serverAt: row[1],
    scenarioAt: row[2],
    id: `${client}/${scenario.id}${value === null ? "" : `[${value}]`}@${server}`,
    state: row[4],
    expected: row[5],
    reason: row[6],
    seconds: row[7],
    change: row[8] || null,
    before: row[9] || null,
  };
});
const byId = new Map(cells.map((cell) => [cell.id, cell]));
const groups = [...new Set(data.scenarios.map((scenario) => scenario.group))];

/** What only an opened cell needs; read when the first one is opened. */
let details = null;
function detailOf(cell) {
  details = details || JSON.parse($("details").textContent);
  const detail = details.cells[cell.number] || { seen: [] };
  const [server, capture, others] = detail.seen.map((at) => (at === null ? null : details.pool[at]));
  return { ...detail, server, capture, others };
}

/** The lower-case text that a search looks into. */
function haystack(cell) {
  if (cell.hay === undefined) {
    const versions = `${data.clients[cell.clientAt].version || ""} ${data.servers[cell.serverAt].version || ""}`;
    cell.hay = `${cell.id} ${cell.state} ${cell.reason} ${cell.scenario.title || ""} ${
      cell.scenario.reference || ""
    } ${data.clients[cell.clientAt].family || ""} ${versions}`.toLowerCase();
  }
  return cell.hay;
}

// ---- What is shown. Everything here is in the address, so that a link shows the same.

const view = {
  states: new Set(),
  changes: new Set(),
  group: "",
  client: "",
  server: "",
  q: "",
  mode: "",
  cell: "",
  pick: "",
};
const LISTS = { state: "states", change: "changes" };
const WORDS = ["group", "client", "server", "q", "cell", "pick"];

function readAddress() {
  const found = {};
  for (const piece of location.hash.slice(1).split("&")) {
    const at = piece.indexOf("=");
    if (at < 0) continue;
    try {
      found[piece.slice(0, at)] = decodeURIComponent(piece.slice(at + 1));
    } catch (error) {
      if (!(error instanceof URIError)) throw error;
      found[piece.slice(0, at)] = piece.slice(at + 1); // typed by hand: a percent sign as it is
    }
  }
  for (const [name, set] of Object.entries(LISTS)) {
    view[set] = new Set((found[name] || "").split(",").filter(Boolean));
  }
  for (const name of WORDS) view[name] = found[name] || "";
  view.mode = ["grid", "list"].includes(found.view) ? found.view : "";
}

function address(changes) {
  const wanted = { ...view, ...changes };
  // Readable where an address allows it.
  const encode = (text) =>
    encodeURIComponent(text).replace(/%(2F|40|5B|5D|2C|3D|3A|2B)/g, decodeURIComponent);
  const pieces = Object.entries(LISTS).map(([name, set]) => [name, [...wanted[set]].join(",")]);
  pieces.push(...WORDS.map((name) => [name, wanted[name]]), ["view", wanted.mode]);
  return (
    "#" +
    pieces
      .filter(([, text]) => text)
      .map(([name, text]) => `${name}=${encode(text)}`)
      .join("&")
  );
}

/** Goes to the view with these changes. A step that Back should undo is a new entry. */
function go(changes, newEntry) {
  const target = address(changes);
  if (target === (location.hash || "#")) return;
  if (newEntry) location.hash = target;
  else location.replace(target);
  onAddress(); // the event comes later; the next key must already meet what this one did
}

// ---- Filters

/** Whether the cell passes the filters; `but` leaves one of them out, to count its choices. */
function matcher(but) {
  const words = view.q.toLowerCase().split(/\s+/).filter(Boolean);
  const tests = [];
  if (view.states.size && but !== "states") tests.push((cell) => view.states.has(cell.state));
  if (view.changes.size && but !== "changes") tests.push((cell) => view.changes.has(cell.change));
  if (view.group) tests.push((cell) => cell.scenario.group === view.group);
  if (view.client) tests.push((cell) => cell.client === view.client);
  if (view.server) tests.push((cell) => cell.server === view.server);
  if (words.length) tests.push((cell) => words.every((word) => haystack(cell).includes(word)));
  // What is gone was not in this run: it shows only when asked for.
  if (!view.changes.has("gone") && but !== "changes") tests.push((cell) => cell.state !== "gone");
  return (cell) => tests.every((test) => test(cell));
}

function countBy(found, name) {
  const counts = new Map();
  for (const cell of found) counts.set(cell[name], (counts.get(cell[name]) || 0) + 1);
  return counts;
}

function worstOf(some) {
  return some.reduce((worst, cell) => (RANK.get(cell.state) < RANK.get(worst) ? cell.state : worst), "gone");
}

/** "11 pass, 1 fail" */
function tally(some) {
  const counts = countBy(some, "state");
  return WORST.filter((state) => counts.has(state))
    .map((state) => `${counts.get(state)} ${state}`)
    .join(", ");
}

/** The cells that a pick names: CLIENT/SCENARIO@SERVER, each * for all. */
function picked(pick) {
  const match = /^([^/]*)\/(.*)@([^@]*)$/.exec(pick);
  if (!match) return [];
  const wants = (word, name) => word === "*" || word === name;
  return cells.filter(
    (cell) =>
      wants(match[1], cell.client) && wants(match[2], cell.scenario.id) && wants(match[3], cell.server),
  );
}
