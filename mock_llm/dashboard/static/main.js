// The dashboard of mock_llm: polls the room's feed and shows it.

import * as api from "./api.js";
import { draw, redraw, startCharts } from "./charts.js";
import { Controls } from "./controls.js";
import { Feed } from "./feed.js";
import { write } from "./tables.js";
import { startTheme } from "./theme.js";
import { View, labName } from "./view.js";

const $ = (id) => document.getElementById(id);
const ROOM = "the whole room";

const view = new View(choose);
const controls = new Controls({ scope, done: said, failed: (message) => said(message, true) });
const feed = new Feed({ answer: show, state: showState });
let latest = null;
let isStarted = false;
let hasCharts = false;

function lab() {
  return latest?.labs.find((each) => each.id === feed.lab) ?? null;
}

function scope() {
  const chosen = lab();
  return { id: feed.lab, name: chosen ? labName(chosen) : ROOM, labs: latest?.labs.length ?? 0 };
}

function choose(id) {
  history.replaceState(null, "", id ? `#lab=${id}` : location.pathname);
  $("verdict").replaceChildren();
  $("verdict-about").textContent = "";
  feed.choose(id);
  if (feed.isPaused) feed.now();
}

async function show(answer) {
  if (!isStarted) await start();
  latest = answer;
  if (answer.chosen && answer.chosen !== feed.lab) feed.lab = answer.chosen;
  const chosen = lab();
  $("main").hidden = false;
  $("access").hidden = true;
  showScopes(answer.labs);
  for (const element of document.querySelectorAll("[data-scope]")) write(element, scope().name);
  answer.details.isOneLab = chosen !== null;
  view.show(answer, chosen);
  draw(answer.details);
  controls.show(chosen ? [chosen] : answer.labs);
  $("verdict-section").hidden = !chosen || $("controls").hidden;
  write($("lab-problem"), chosen?.problem ? `This lab cannot be read: ${chosen.problem}` : "");
  $("labs-more").hidden = answer.labs_not_shown === 0;
  write($("labs-more"), `${answer.labs_not_shown} labs that were opened earlier are not shown.`);
  document.title = chosen ? `${labName(chosen)} · mock_llm` : "mock_llm";
}

async function start() {
  isStarted = true;
  try {
    const chosen = await api.choices();
    $("controls").hidden = $("skip-to-controls").hidden = !chosen.may_control;
    $("main").classList.toggle("without-controls", !chosen.may_control);
    $("sign-out").hidden = !api.isSignedIn();
    if (chosen.may_control) controls.start(chosen);
    if (!hasCharts) loadCharts(chosen.charts);
  } catch (problem) {
    isStarted = false;
    throw problem;
  }
}

async function loadCharts(address) {
  const note = $("charts-note");
  if (!address) {
    note.textContent = "For charts, install the extra “dashboard” where the server runs: pip install '.[dashboard]'. Then restart it.";
  } else {
    try {
      await startCharts(address);
      hasCharts = true;
    } catch (problem) {
      note.textContent = `No charts: ${problem.message}.`;
    }
  }
  note.hidden = hasCharts;
  document.querySelector(".charts").hidden = !hasCharts;
  $("minutes-details").open = !hasCharts;
}

function showScopes(labs) {
  const select = $("scope");
  const wanted = [["", "The whole room"], ...labs.map((each) => [each.id, labName(each)])];
  const shown = [...select.options].map((option) => [option.value, option.text]);
  if (JSON.stringify(wanted) !== JSON.stringify(shown)) {
    select.replaceChildren(...wanted.map(([id, name]) => new Option(name, id)));
  }
  if (select.value !== feed.lab) select.value = feed.lab;
}

function showState(state, last, message = "") {
  const element = $("state");
  const ago = last ? `the numbers are ${Math.round((Date.now() - last) / 1000)} s old` : "nothing was read yet";
  const texts = {
    waiting: "Connecting…",
    live: "Live",
    paused: last ? `Paused at ${new Date(last).toLocaleTimeString()}` : "Paused",
    gone: message ? `The server cannot answer: ${message}` : `Server gone, ${ago}; trying again`,
    locked: "Locked",
    lost: "Live",
  };
  element.dataset.state = state;
  if (state === "gone" && element.textContent.startsWith("Server gone") && last) {
    // Said once; the age alone is no news for who listens.
    element.setAttribute("aria-live", "off");
  } else {
    element.setAttribute("aria-live", "polite");
  }
  write(element, texts[state]);
  if (state === "locked") lock(message);
  if (state === "lost") {
    history.replaceState(null, "", location.pathname);
    said("That lab is gone: the server was restarted, perhaps. This is the whole room.", true);
  }
}

function lock(message) {
  isStarted = false;
  $("main").hidden = true;
  $("access").hidden = false;
  $("sign-out").hidden = true;
  $("access-problem").textContent = api.isSignedIn() ? message : "";
  api.signOut();
  $("token").focus();
}

let forgetting = null;

function said(message, isBad = false) {
  clearTimeout(forgetting);
  $("said").textContent = message;
  $("said").classList.toggle("bad", isBad);
  forgetting = setTimeout(() => ($("said").textContent = ""), isBad ? 15_000 : 6_000);
  if (!isBad) feed.now();
}

async function judge() {
  $("verdict-about").textContent = "Judging…";
  try {
    const { requests, judged, findings } = await api.verdict(feed.lab);
    $("verdict-about").textContent = judged < requests
      ? `The last ${judged} of ${requests} requests.` : `All ${requests} requests.`;
    if (findings.length === 0) $("verdict-about").textContent += " Nothing to say: no request failed, and none was paid for twice.";
    $("verdict").replaceChildren(...findings.map(finding));
  } catch (problem) {
    $("verdict-about").textContent = problem.message;
  }
}

function finding({ good, says, requests }) {
  const item = document.createElement("li");
  item.className = good ? "good" : good === null ? "open" : "bad";
  item.dataset.sign = good ? "+" : good === null ? "?" : "−";
  const some = requests.slice(0, 12).join(", ");
  item.textContent = `${good ? "Well done: " : ""}${says} (journal: ${some}${requests.length > 12 ? ", …" : ""})`;
  return item;
}

$("access").addEventListener("submit", (event) => {
  event.preventDefault();
  api.signIn($("token").value.trim(), $("key").value.trim());
  $("token").value = $("key").value = "";
  feed.now();
});
$("sign-out").addEventListener("click", () => {
  api.signOut();
  latest = null;
  feed.lab = "";
  feed.now();
});
$("pause").addEventListener("click", () => {
  feed.pause(!feed.isPaused);
  $("pause").setAttribute("aria-pressed", String(feed.isPaused));
});
$("scope").addEventListener("change", () => choose($("scope").value));
$("judge").addEventListener("click", judge);
startTheme($("theme"), redraw);
feed.lab = new URLSearchParams(location.hash.slice(1)).get("lab") ?? "";
feed.now();
