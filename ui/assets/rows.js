// Lists and tables that can be clicked. Every text is put in with textContent: text from data is never HTML.
const GRADES = ["red", "orange", "yellow", "blue", "unknown", "na"];

function make(name, cls, text) {
  const node = document.createElement(name);
  if (cls) node.className = cls;
  if (text !== undefined && text !== null) node.textContent = String(text);
  return node;
}

function grade(of, big) {
  const chip = make("span", `chip g-${of.key}${of.ring ? ` ring r-${of.ring}` : ""}${big ? " big" : ""}`);
  chip.append(make("i", "shape", of.shape), make("span", null, of.word));
  return chip;
}

function bar(parts) {
  const whole = parts.reduce((sum, part) => sum + part, 0);
  const node = make("div", "bar");
  if (!whole) return node;
  parts.forEach((part, at) => {
    if (!part) return;
    const piece = make("span", `g-${GRADES[at]}`);
    piece.style.flexGrow = part;
    node.append(piece);
  });
  return node;
}

const CELLS = {
  name: (cell, row, pick) => {
    const link = make("a", "name", cell);
    link.href = row.href || "#";
    link.addEventListener("click", (event) => pick(event, row.id));
    const box = make("div", "namebox");
    box.append(link);
    (row.tags || []).forEach((tag) => box.append(make("span", `tag ${tag.tone || ""}`, tag.text)));
    if (row.sub) box.append(make("div", "sub", row.sub));
    return box;
  },
  text: (cell) => make("span", null, cell),
  num: (cell) => make("span", cell === 0 || cell === "0" ? "zero" : null, cell),
  count: (cell, row, pick, column) => {
    const zero = cell === 0 || cell === "0";
    const box = make("span", zero ? "zero" : `count g-${column.grade}`);
    if (!zero) box.append(make("i", "dot"));
    box.append(make("span", null, cell));
    return box;
  },
  alert: (cell) => make("span", cell === 0 || cell === "0" ? "zero" : "alert", cell),
  bar: (cell) => bar(cell),
};

function table(data, pick) {
  const node = make("table");
  const head = make("tr");
  data.columns.forEach((column) => {
    const th = make("th", column.align || "", null);
    if (column.shape) th.append(make("i", `shape c-${column.grade}`, column.shape));
    th.append(make("span", null, column.title));
    if (column.help) th.title = column.help;
    head.append(th);
  });
  const thead = make("thead");
  thead.append(head);
  const body = make("tbody");
  data.rows.forEach((row) => {
    const tr = make("tr", [row.id ? "pick" : "", row.muted ? "muted" : "", row.foot ? "foot" : ""].join(" "));
    data.columns.forEach((column) => {
      const td = make("td", column.align || "");
      const kind = column.kind === "name" && !row.id ? "text" : column.kind;
      td.append(CELLS[kind](row.cells[column.key], row, pick, column));
      const note = row.notes && row.notes[column.key];
      if (note) td.append(make("div", "sub", note));
      tr.append(td);
    });
    if (row.id) tr.addEventListener("click", (event) => pick(event, row.id));
    body.append(tr);
  });
  node.append(thead, body);
  return node;
}

function cards(data, pick) {
  const list = make("ol", "cards");
  data.rows.forEach((row) => {
    const item = make("li", row.id === data.selected ? "card selected" : "card");
    const line = make("div", "line");
    if (row.grade) line.append(grade(row.grade));
    const link = make("a", "name", row.title);
    link.href = row.href || "#";
    line.append(link);
    (row.tags || []).forEach((tag) => line.append(make("span", `tag ${tag.tone || ""}`, tag.text)));
    item.append(line);
    if (row.text) item.append(make("div", "text", row.text));
    if (row.sub) item.append(make("div", "sub", row.sub));
    item.addEventListener("click", (event) => pick(event, row.id));
    list.append(item);
  });
  return list;
}

export default function (component) {
  const { data, parentElement, setTriggerValue } = component;
  const root = parentElement.querySelector(".rows");
  const pick = (event, id) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return; // a new tab, by the link's own address
    event.preventDefault();
    event.stopPropagation();
    setTriggerValue("picked", id);
  };
  root.replaceChildren(data.mode === "table" ? table(data, pick) : cards(data, pick));
}
