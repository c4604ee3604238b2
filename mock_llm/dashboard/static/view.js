// The numbers and tables of one answer of the server.

import * as format from "./format.js";
import { Table, write } from "./tables.js";

const $ = (id) => document.getElementById(id);

export class View {
  constructor(choose) {
    this.tiles = new Map();
    this.labs = new Table($("labs"), labColumns(choose), {
      key: (lab) => lab.id,
      empty: "No lab yet: one opens with the first request that brings its API key.",
      problem: (lab) => lab.problem && `cannot be read: ${lab.problem}`,
      from: 1,
    });
    this.by = Object.fromEntries([["user", "users"], ["feature", "features"], ["model", "models"]].map(
      ([dimension, id]) => [dimension, new Table($(id), callerColumns(dimension), {
        key: (row) => (row.isRest ? null : row.name), empty: "No requests yet.",
      })],
    ));
    this.failures = new Table($("failures"), FAILURES, {
      key: (row) => `${row.outcome} ${row.cause} ${row.status}`, empty: "No request failed.",
    });
    this.budgets = new Table($("budgets"), BUDGETS, {
      key: (row) => row.place, empty: "No budgets. The API answers whatever it costs.",
    });
    this.caches = new Table($("caches"), CACHES, { key: (row) => row.what, empty: "" });
    this.minutes = new Table($("minutes"), MINUTES, { key: (row) => row.ago, empty: "" });
  }

  show(answer, chosen) {
    const { details } = answer;
    const summary = chosen ?? answer.room;
    this.showTiles(summary);
    this.labs.show(answer.labs.map((lab) => ({ ...lab, isChosen: lab.id === chosen?.id })));
    for (const [id, element] of this.labs.rows) element.classList.toggle("chosen", id === chosen?.id);
    for (const [dimension, table] of Object.entries(this.by)) {
      const { rows, more } = details.by[dimension];
      const whole = details.ledger.cost_nanodollars;
      table.show(rows.map((row) => ({ ...row, whole })).concat(more ? [{ name: `(and ${more} more)`, isRest: true }] : []));
    }
    this.failures.show(details.failures.map((row) => ({ ...row, all: summary.requests })));
    this.budgets.show(details.budgets.map((row, place) => ({ ...row, place })));
    this.caches.show(caches(details));
    write($("unread"), details.unread ? `${format.count(details.unread)} requests came too fast to be looked at one by one. The tables by user, feature and model leave out their failures and latencies.` : "");
    const isDrawn = details.isOneLab || details.budgets.length === 0;
    write($("budgets-note"), isDrawn ? "" : "Show one lab, and its budgets are lines in its chart of spend.");
    this.minutes.show(minutes(details));
  }

  showTiles(summary) {
    const lately = summary.last_minute;
    const { duration, first_token: first } = lately;
    const failed = lately.requests ? lately.failed / lately.requests : 0;
    this.tile("requests-per-s", "Requests a second", format.rate(summary.requests_per_s), `${format.count(summary.underway)} under way now`);
    this.tile("requests", "Requests", format.short(summary.requests), `${format.count(summary.failed)} failed`);
    this.tile("failed-share", "Failed, last minute", format.share(lately.failed, lately.requests), `${format.count(lately.failed)} of ${format.count(lately.requests)}`, failed > 0.05);
    this.tile("spend", "Spend", format.dollars(summary.cost_nanodollars), "since the last reset");
    this.tile("tokens-in", "Tokens in", format.short(summary.prompt_tokens), `${format.share(summary.cached_tokens, summary.prompt_tokens)} from the prompt cache`);
    this.tile("tokens-out", "Tokens out", format.short(summary.completion_tokens), "reasoning included");
    this.tile("p50", "Latency, p50", format.seconds(duration?.p50), "of the last minute");
    this.tile("p95", "Latency, p95", format.seconds(duration?.p95), "95 of 100 took less");
    this.tile("p99", "Latency, p99", format.seconds(duration?.p99), "99 of 100 took less");
    this.tile("ttft", "First token, p50", format.seconds(first?.p50), `p95 ${format.seconds(first?.p95)}, of streams`);
  }

  tile(id, title, value, note, alarm = false) {
    let parts = this.tiles.get(id);
    if (!parts) {
      const box = document.createElement("div");
      const [term, number, small] = ["dt", "dd", "dd"].map((name) => document.createElement(name));
      number.id = `tile-${id}`;
      small.className = "small";
      term.textContent = title;
      box.append(term, number, small);
      $("tiles").append(box);
      parts = { box, number, small };
      this.tiles.set(id, parts);
    }
    write(parts.number, value);
    write(parts.small, note);
    parts.box.classList.toggle("alarm", alarm);
  }
}

function labColumns(choose) {
  return [
    { title: "Lab (API key)", cell: (lab, cell) => chooseButton(lab, cell, choose), kind: "client" },
    { title: "Scenario", text: (lab) => lab.scenario + (lab.faults_in_force ? `, ${lab.faults_in_force} ${lab.faults_in_force === 1 ? "fault" : "faults"}` : ""), kind: "text" },
    { title: "Spend", text: (lab) => format.dollars(lab.cost_nanodollars) },
    { title: "Per second", says: "Requests a second, over the last ten seconds", text: (lab) => format.rate(lab.requests_per_s) },
    { title: "Under way", text: (lab) => format.count(lab.underway) },
    ...numbers((get) => get),
  ];
}

// What every table of labs, users, features and models has; `only` leaves rows without numbers blank.
function numbers(only) {
  return [
    { title: "Requests", text: only((row) => format.short(row.requests)) },
    { title: "Failed", says: "Hit by a fault, refused, or left by the client", cell: failed },
    ...["p50", "p95", "p99"].map((name) => ({
      title: name,
      says: `${name.slice(1)} of 100 requests took no longer, in the last ten minutes`,
      text: only((row) => format.seconds(row.duration?.[name])),
    })),
    { title: "Tokens in", text: only((row) => format.short(row.prompt_tokens)) },
    { title: "Tokens out", text: only((row) => format.short(row.completion_tokens)) },
  ];
}

function failed(row, cell) {
  let [count, share] = cell.children;
  if (!count) {
    [count, share] = ["span", "span"].map((name) => document.createElement(name));
    share.className = "share";
    cell.append(count, share);
  }
  write(count, row.isRest ? "" : format.short(row.failed));
  write(share, row.failed ? ` (${format.share(row.failed, row.requests)})` : "");
}

export function labName(lab) {
  return lab.key || "(no key)";
}

function chooseButton(lab, cell, choose) {
  let button = cell.firstChild;
  if (!button) {
    button = document.createElement("button");
    button.type = "button";
    button.addEventListener("click", () => choose(button.getAttribute("aria-pressed") === "true" ? "" : lab.id));
    button.setAttribute("aria-label", `Show only ${labName(lab)}`);
    write(button, labName(lab), true);
    cell.append(button);
  }
  button.setAttribute("aria-pressed", String(lab.isChosen));
}

function callerColumns(dimension) {
  const unnamed = dimension === "model" ? "(none)" : `(no ${dimension} named)`;
  const number = (get) => (row) => (row.isRest ? "" : get(row));
  return [
    { title: dimension[0].toUpperCase() + dimension.slice(1), text: (row) => row.name || unnamed, kind: "client" },
    { title: "Spend", text: number((row) => format.dollars(row.cost_nanodollars)) },
    { title: "Share", says: "Of what all of them spent", text: number((row) => format.share(row.cost_nanodollars, row.whole)) },
    ...numbers(number),
  ];
}

const OUTCOMES = { fault: "fault injected", error: "request refused", cancelled: "client left" };

const FAILURES = [
  { title: "What", text: (row) => row.cause.replaceAll("_", " ") || OUTCOMES[row.outcome] },
  { title: "How it ended", text: (row) => OUTCOMES[row.outcome] ?? row.outcome, kind: "text" },
  { title: "Status", text: (row) => (row.status ? String(row.status) : "none sent") },
  { title: "Requests", text: (row) => format.count(row.requests) },
  { title: "Of all", text: (row) => format.share(row.requests, row.all) },
];

const BUDGETS = [
  { title: "Lab", text: (row) => labName(row), kind: "client" },
  { title: "Holds for", text: holdsFor, kind: "text long" },
  { title: "Budget", text: (row) => `${format.dollars(row.limit_nanodollars)}${row.per === "day" ? " a day" : ""}` },
  { title: "Spent", text: (row) => format.dollars(row.limit_nanodollars - row.left_nanodollars) },
  { title: "Left", text: (row) => format.dollars(row.left_nanodollars) },
  { title: "Used", cell: used, kind: "used" },
];

function holdsFor(row) {
  const scope = Object.entries(row.scope).map(([name, value]) => `${name} ${value || "(none)"}`);
  return scope.join(", ") || "everything";
}

function used(row, cell) {
  let [meter, text] = cell.children;
  if (!meter) {
    meter = document.createElement("meter");
    text = document.createElement("span");
    meter.max = 1;
    meter.low = 0.75;
    meter.high = 0.9999;
    meter.optimum = 0;
    cell.append(meter, " ", text);
  }
  const spent = row.limit_nanodollars - row.left_nanodollars;
  const share = row.limit_nanodollars ? spent / row.limit_nanodollars : 1;
  meter.value = Math.min(1, share);
  meter.setAttribute("aria-label", "used of the budget");
  write(text, share >= 1 ? "spent: requests are refused" : format.share(spent, row.limit_nanodollars));
  text.className = share >= 1 ? "bad" : "";
}

const CACHES = [
  { title: "Cache", text: (row) => row.what },
  { title: "What is measured", text: (row) => row.measured, kind: "text long" },
  { title: "How much", text: (row) => row.much },
  { title: "Dollars", text: (row) => format.dollars(row.nanodollars) },
  { title: "Share", text: (row) => row.share },
];

function caches({ ledger, repeats, unread }) {
  const full = ledger.cost_nanodollars + ledger.saved_nanodollars;
  return [
    {
      what: "Prompt cache", measured: "saved: cached input against full price",
      much: `${format.short(ledger.cached_tokens)} of ${format.short(ledger.prompt_tokens)} input tokens`,
      nanodollars: ledger.saved_nanodollars, share: `${format.share(ledger.saved_nanodollars, full)} of the full price`,
    },
    {
      what: "Cache of answers",
      measured: `could be saved: paid again for the same${unread ? ` (${format.count(unread)} requests not looked at)` : ""}`,
      much: `${format.count(repeats.requests)} of ${format.count(ledger.requests)} billed requests`,
      nanodollars: repeats.nanodollars, share: `${format.share(repeats.nanodollars, ledger.cost_nanodollars)} of the bill`,
    },
  ];
}

const MINUTES = [
  { title: "Minutes ago", text: (row) => row.ago },
  { title: "Requests", text: (row) => format.count(row.requests) },
  { title: "Failed", text: (row) => format.count(row.failed) },
  { title: "Spend", text: (row) => format.dollars(row.cost_nanodollars) },
  { title: "Tokens in", text: (row) => format.count(row.prompt_tokens) },
  { title: "Tokens out", text: (row) => format.count(row.completion_tokens) },
  { title: "p95, worst 10 s", text: (row) => format.seconds(row.p95) },
];

function minutes({ series, latency }) {
  const size = series.requests.length;
  return Array.from({ length: size / 60 }, (_, ago) => {
    const [from, until] = [size - 60 * (ago + 1), size - 60 * ago];
    const row = { ago: ago ? `${ago} to ${ago + 1}` : "the last" };
    for (const [name, values] of Object.entries(series)) {
      row[name] = values.slice(from, until).reduce((sum, value) => sum + value, 0);
    }
    const slots = latency.p95.length - 6 * ago;
    const worst = latency.p95.slice(Math.max(0, slots - 6), slots).filter((value) => value !== null);
    row.p95 = worst.length ? Math.max(...worst) : null;
    return row;
  });
}
