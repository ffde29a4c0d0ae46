// The list: the cells that pass the filters, the unexpected first; more of it is made while scrolling.

const BATCH = 100;

function worstFirst(some) {
  return [...some].sort(
    (one, other) =>
      RANK.get(one.state) - RANK.get(other.state) ||
      one.scenarioAt - other.scenarioAt ||
      one.clientAt - other.clientAt ||
      one.number - other.number,
  );
}

function drawList(stage, found) {
  const list = h("ul", { class: "list", id: "list", "aria-label": "Cells" });
  const scroller = h("div", { class: "scroller" }, list);
  stage.replaceChildren(scroller);
  growing(list, worstFirst(found), null);
}

/** Puts the first cells into the list and the rest when its end comes near. */
function growing(list, some, root, onlyValues) {
  let made = 0;
  const more = () => {
    const next = some.slice(made, made + BATCH);
    list.append(...next.map((cell) => listItem(cell, onlyValues)));
    made += next.length;
  };
  more();
  if (made >= some.length) return;
  const end = h("div", { class: "list-end" }, "\u2026");
  list.after(end);
  const watcher = new IntersectionObserver(
    (entries) => {
      if (!entries.some((entry) => entry.isIntersecting)) return;
      more();
      if (made >= some.length) {
        watcher.disconnect();
        end.remove();
      } else {
        // asked again: the end may still be in sight
        watcher.unobserve(end);
        watcher.observe(end);
      }
    },
    { root, rootMargin: "600px 0px" },
  );
  watcher.observe(end);
}

/** `onlyValue`: the heading already says all but the value. */
function listItem(cell, onlyValue) {
  const value = cell.value === null ? null : h("span", { class: "value" }, cell.value);
  return h(
    "li",
    {},
    h(
      "a",
      { class: "item", href: address({ cell: cell.id, pick: "" }), "data-cell": cell.number },
      h("span", { class: `glyph s-${cell.state}`, "aria-hidden": "true" }, GLYPHS[cell.state]),
      h(
        "span",
        { class: "what" },
        h(
          "span",
          { class: "scenario-name" },
          onlyValue && value ? null : `${cell.scenario.id} `,
          value,
          onlyValue ? changeMark(cell) : null,
        ),
        onlyValue
          ? null
          : h("span", { class: "who" }, `${cell.client} \u2192 ${cell.server}`, changeMark(cell)),
        cell.reason && cell.state !== "pass" ? h("span", { class: "why" }, cell.reason.slice(0, 240)) : null,
      ),
      h("span", { class: "state" }, cell.state),
    ),
  );
}

function changeMark(cell) {
  if (!cell.change) return null;
  const [glyph, meaning] = CHANGES[cell.change];
  return h("span", { class: `mark c-${cell.change}`, title: meaning }, `${glyph} ${cell.change}`);
}
