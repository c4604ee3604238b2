// The charts, drawn by plotly.js where the server has it. Nothing that clients name is drawn.

import * as format from "./format.js";

let library = null;
let latest = null;
let isDrawing = false;

export async function startCharts(address) {
  await new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = address;
    script.onload = resolve;
    script.onerror = () => reject(new Error("the charts' library did not load"));
    document.head.append(script);
  });
  library = globalThis.Plotly;
  if (latest) draw(latest);
}

export function redraw() {
  if (latest) draw({ ...latest });
}

// One chart at a time, so that the page answers its user in between.
export function draw(details) {
  latest = details;
  if (library && !isDrawing) drawAll();
}

async function drawAll() {
  isDrawing = true;
  let drawn;
  do {
    drawn = latest;
    const ink = colours();
    ink.minutes = span(drawn.series.requests);
    for (const chart of [drawRequests, drawLatency, drawSpend, drawTokens]) {
      await idle();
      chart(drawn, ink);
    }
  } while (drawn !== latest);
  isDrawing = false;
}

function idle() {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

function drawRequests({ series }, ink) {
  const x = ages(series);
  plot("chart-requests", ink, "a second", [
    line("requests", x, smooth(series.requests), ink[1], { fill: "tozeroy", fillcolor: ink.fill }),
    line("failed", x, smooth(series.failed), ink[2], { dash: "dot" }),
  ], `${lately(series.requests)} requests a second lately, ${lately(series.failed)} of them failed.`);
}

function drawTokens({ series }, ink) {
  const x = ages(series);
  plot("chart-tokens", ink, "a second", [
    line("input", x, smooth(series.prompt_tokens), ink[1]),
    line("output", x, smooth(series.completion_tokens), ink[3], { dash: "dot" }),
  ], `${lately(series.prompt_tokens)} input and ${lately(series.completion_tokens)} output tokens a second lately.`);
}

function drawLatency({ latency }, ink) {
  const slots = latency.p50.length;
  const x = latency.p50.map((_, place) => {
    const since = (slots - 1 - place) * latency.slot_s + latency.filled_s - latency.slot_s / 2;
    return Math.min(0, -since / 60);
  });
  const last = latency.p95.findLast((value) => value !== null);
  plot("chart-latency", ink, "seconds", [
    line("p50", x, latency.p50, ink[3]),
    line("p95", x, latency.p95, ink[2], { dash: "dash" }),
    line("p99", x, latency.p99, ink[4], { dash: "dot" }),
    line("first token, p50", x, latency.first_token_p50, ink[1], { dash: "dashdot" }),
  ].map((each) => ({ ...each, mode: "lines+markers", marker: { size: 3 } })),
  last === undefined ? "No requests." : `95 of 100 requests took at most ${format.seconds(last)} lately.`);
}

function drawSpend(details, ink) {
  const x = ages(details.series);
  const spent = details.ledger.cost_nanodollars;
  let sum = spent - details.now.cost_nanodollars - total(details.series.cost_nanodollars);
  const curve = details.series.cost_nanodollars.map((cost) => (sum += cost) / 1e9);
  const traces = [line("spent", x, curve, ink[1], { fill: "tozeroy", fillcolor: ink.fill })];
  for (const [number, budget] of drawable(details).entries()) {
    // The level at which nothing is left; for a daily budget what earlier days cost is under it.
    const level = (spent + budget.left_nanodollars) / 1e9;
    const name = `budget ${number + 1}: ${format.dollars(budget.limit_nanodollars)}${budget.per === "day" ? " a day" : ""}`;
    traces.push(line(name, [x[0], 0], [level, level], ink[2], { dash: "dash" }));
  }
  plot("chart-spend", ink, "dollars", traces, `${format.dollars(spent)} spent.`, "$");
}

// Budgets of one whole lab; a budget for one user or model has another curve.
export function drawable(details) {
  const whole = details.budgets.filter((budget) => Object.keys(budget.scope).length === 0);
  return details.isOneLab ? whole : [];
}

function line(name, x, y, color, { dash = "solid", fill, fillcolor } = {}) {
  return { type: "scatter", mode: "lines", name, x, y, fill, fillcolor, line: { color, width: 2, dash }, hovertemplate: `%{y:.4~g}` };
}

function plot(id, ink, unit, traces, says, prefix = "") {
  const element = document.getElementById(id);
  element.setAttribute("aria-label", says);
  const narrow = element.clientWidth < 420;
  const ticks = [1, 0.8, 0.6, 0.4, 0.2, 0].map((part) => -ink.minutes * part);
  const seen = traces.map((trace) => within(trace, -ink.minutes));
  const most = Math.max(0, ...seen.flatMap((trace) => trace.y.map((value) => value ?? 0)));
  library.react(element, seen, {
    height: 220,
    margin: { l: narrow ? 48 : 58, r: 18, t: 6, b: 34 },
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    font: { color: ink.text, size: 12, family: getComputedStyle(document.body).fontFamily },
    showlegend: true,
    legend: { orientation: "h", x: 0, y: 1.02, yanchor: "bottom", font: { size: 11 } },
    hovermode: "x unified",
    hoverlabel: { bgcolor: ink.panel, bordercolor: ink.line, font: { color: ink.text } },
    xaxis: {
      range: [-ink.minutes, 0], tickvals: ticks, ticktext: ticks.map(ago), ticklabelstandoff: 4,
      gridcolor: ink.grid, zeroline: false, fixedrange: true,
      unifiedhovertitle: { text: "%{x:.1f} min" },
    },
    yaxis: {
      range: [0, most ? most * 1.08 : 1], gridcolor: ink.grid, zerolinecolor: ink.line,
      fixedrange: true, tickprefix: prefix, exponentformat: "none", nticks: 5,
      title: { text: prefix ? "" : unit, standoff: 4 }, automargin: true,
    },
  }, { displayModeBar: false, responsive: true });
}

function within(trace, from) {
  const first = Math.max(0, trace.x.findIndex((minutes) => minutes >= from) - 1);
  return { ...trace, x: trace.x.slice(first), y: trace.y.slice(first) };
}

// How far back to look: as far as there is something to see, in minutes.
function span(requests) {
  const first = requests.findIndex((count) => count > 0);
  const minutes = first < 0 ? 0 : (requests.length - first) / 60;
  return [1, 2, 5].find((each) => minutes < each) ?? requests.length / 60;
}

function ago(minutes, place, all) {
  if (minutes === 0) return "now";
  const inSeconds = all[0] >= -2;
  const text = String(Math.round(-minutes * (inSeconds ? 60 : 1)));
  return place ? text : `${text} ${inSeconds ? "s" : "min"} ago`;
}

// How many minutes before now each second's count belongs to.
function ages({ requests }) {
  return requests.map((_, place) => (place - requests.length) / 60);
}

function lately(counts) {
  return format.rate(mean(counts.slice(-10)));
}

// What a second's count jumps about hides its course: the mean of five.
function smooth(values) {
  return values.map((_, place) => mean(values.slice(Math.max(0, place - 4), place + 1)));
}

function total(values) {
  return values.reduce((sum, value) => sum + value, 0);
}

function mean(values) {
  return values.length ? total(values) / values.length : 0;
}

// CSS knows which of its two colours holds; ask it.
function colours() {
  const probe = document.createElement("span");
  document.body.append(probe);
  const read = (name) => {
    probe.style.color = `var(--${name})`;
    return getComputedStyle(probe).color;
  };
  const ink = {
    1: read("series-1"), 2: read("series-2"), 3: read("series-3"), 4: read("series-4"),
    text: read("text"), grid: read("grid"), line: read("line"), panel: read("panel"),
  };
  probe.remove();
  ink.fill = ink[1].replace("rgb(", "rgba(").replace(")", ", 0.16)");
  return ink;
}
