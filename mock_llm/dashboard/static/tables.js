// Tables that are brought up to date in place, so that focus, selection and scrolling stay.
// Whatever a client of the server named is written as text, never as HTML.

export class Table {
  // columns: [{title, text: row => string, or cell: (row, td) => void, kind: CSS class, says}];
  // the first is the row's heading. `says` explains a column's title.
  // problem(row) is a text that a row has from its column `from` on in place of numbers, or null.
  constructor(element, columns, { key, empty, problem = () => null, from = 1 }) {
    this.columns = columns;
    this.key = key;
    this.problem = problem;
    this.from = from;
    this.rows = new Map();
    const heading = element.createTHead().insertRow();
    for (const column of columns) {
      const cell = document.createElement("th");
      cell.scope = "col";
      cell.textContent = column.title;
      if (column.kind) cell.className = column.kind;
      if (column.says) cell.title = column.says;
      heading.append(cell);
    }
    this.body = element.createTBody();
    this.none = document.createElement("tr");
    const cell = this.none.insertCell();
    cell.colSpan = columns.length;
    cell.className = "empty";
    cell.textContent = empty;
    reachWhereScrolled(element.parentElement);
  }

  show(rows) {
    const wanted = new Map(rows.map((row) => [this.key(row), row]));
    for (const [key, element] of this.rows) {
      if (!wanted.has(key)) {
        element.remove();
        this.rows.delete(key);
      }
    }
    let place = 0;
    for (const [key, row] of wanted) {
      const element = this.rows.get(key) ?? this.make(key);
      if (this.body.rows[place] !== element) this.move(element, place);
      place += 1;
      this.fill(element, row);
    }
    if (rows.length === 0) this.body.replaceChildren(this.none);
    else this.none.remove();
  }

  make(key) {
    const element = document.createElement("tr");
    for (const [number, column] of this.columns.entries()) {
      const cell = document.createElement(number ? "td" : "th");
      if (!number) cell.scope = "row";
      if (column.kind) cell.className = column.kind;
      element.append(cell);
    }
    this.rows.set(key, element);
    return element;
  }

  move(element, place) {
    const focused = element.contains(document.activeElement) ? document.activeElement : null;
    this.body.insertBefore(element, this.body.rows[place] ?? null);
    focused?.focus({ preventScroll: true });
  }

  fill(element, row) {
    const problem = this.problem(row);
    const first = element.cells[this.from];
    element.classList.toggle("unreadable", problem !== null);
    first.colSpan = problem === null ? 1 : this.columns.length - this.from;
    if (problem !== null) write(first, problem);
    this.columns.forEach((column, number) => {
      const cell = element.cells[number];
      cell.hidden = problem !== null && number > this.from;
      if (problem !== null && number >= this.from) return;
      if (column.cell) column.cell(row, cell);
      else write(cell, column.text(row), number === 0);
    });
  }
}

// A box that is scrolled is reached by keyboard; one that shows everything is no stop on the way.
function reachWhereScrolled(box) {
  const look = () => {
    if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
    else if (box !== document.activeElement) box.removeAttribute("tabindex");
  };
  const observer = new ResizeObserver(look);
  observer.observe(box);
  observer.observe(box.firstElementChild);
}

// Change a text only where it differs: what is selected stays selected.
export function write(element, text, isName = false) {
  if (element.textContent !== text) {
    element.textContent = text;
    if (isName) element.title = text;
  }
}
