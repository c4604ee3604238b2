// Tables that are brought up to date in place, so that focus, selection and scrolling stay.
// Whatever a client of the server named is written as text, never as HTML.

export class Table {
  // columns: [{title, text: row => string, or cell: (row, td) => void, kind: CSS class}];
  // the first is the row's heading.
  constructor(element, columns, { key, empty }) {
    this.columns = columns;
    this.key = key;
    this.rows = new Map();
    const heading = element.createTHead().insertRow();
    for (const column of columns) {
      const cell = document.createElement("th");
      cell.scope = "col";
      cell.textContent = column.title;
      if (column.kind) cell.className = column.kind;
      heading.append(cell);
    }
    this.body = element.createTBody();
    this.none = document.createElement("tr");
    const cell = this.none.insertCell();
    cell.colSpan = columns.length;
    cell.className = "empty";
    cell.textContent = empty;
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
    this.columns.forEach((column, number) => {
      const cell = element.cells[number];
      if (column.cell) column.cell(row, cell);
      else write(cell, column.text(row), number === 0);
    });
  }
}

// Change a text only where it differs: what is selected stays selected.
export function write(element, text, isName = false) {
  if (element.textContent !== text) {
    element.textContent = text;
    if (isName) element.title = text;
  }
}
