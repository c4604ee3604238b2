// Scenarios, sliders, budget, reset and exports, for one lab or, once confirmed, the whole room.

import * as api from "./api.js";
import * as format from "./format.js";

const $ = (id) => document.getElementById(id);

export class Controls {
  // scope() gives {id, name, labs}: what is looked at; done(message) and failed(message) say so.
  constructor({ scope, done, failed }) {
    this.scope = scope;
    this.done = done;
    this.failed = failed;
    this.isStarted = false;
  }

  start({ scenarios, faults }) {
    if (this.isStarted) return;
    this.isStarted = true;
    $("scenarios").replaceChildren(...scenarios.map((scenario) => this.scenarioButton(scenario)));
    $("kind").replaceChildren(...faults.map(({ kind }) => new Option(kind.replaceAll("_", " "), kind)));
    $("kind").value = "unavailable";
    const says = new Map(faults.map(({ kind, says }) => [kind, says]));
    const explain = () => ($("kind-says").textContent = says.get($("kind").value) ?? "");
    $("kind").addEventListener("change", explain);
    explain();
    slider("ttft", (value) => `${value.toFixed(1)} s`);
    slider("per-token", (value) => `${value} ms`);
    slider("probability", (value) => (value ? `${value} %` : "none: ends them"));
    submits("latency-form", () => this.setLatency());
    submits("failures-form", () => this.setFailures());
    submits("budget-form", () => this.setBudget());
    $("reset").addEventListener("click", () => this.change("reset", {}, "Empty journal and ledger of", "Started over:", true));
    $("exports").replaceChildren(...["journal", "ledger"].flatMap((what) => ["csv", "json"].map((kind) => this.exportButton(what, kind))));
  }

  show(labs) {
    const playing = new Set(labs.map((lab) => lab.scenario));
    for (const button of $("scenarios").children) {
      button.setAttribute("aria-pressed", String(playing.size === 1 && playing.has(button.dataset.scenario)));
    }
  }

  scenarioButton({ name, description }) {
    const button = document.createElement("button");
    button.type = "button";
    button.dataset.scenario = name;
    button.textContent = name;
    button.setAttribute("aria-description", description);
    for (const event of ["focus", "mouseenter"]) {
      button.addEventListener(event, () => ($("scenario-says").textContent = `${name}: ${description}`));
    }
    button.setAttribute("aria-pressed", "false");
    button.addEventListener("click", () => this.change("scenario", { scenario: name }, `Play “${name}” in`, `“${name}” plays in`));
    return button;
  }

  exportButton(what, kind) {
    const button = document.createElement("button");
    button.type = "button";
    button.id = `export-${what}-${kind}`;
    button.textContent = `${what[0].toUpperCase()}${what.slice(1)}, ${kind.toUpperCase()}`;
    button.addEventListener("click", async () => {
      try {
        await api.save(what, kind, this.scope().id);
      } catch (problem) {
        this.failed(problem.message);
      }
    });
    return button;
  }

  setLatency() {
    const ttft_median_s = $("ttft").valueAsNumber;
    const per_token_median_s = $("per-token").valueAsNumber / 1000;
    const what = `${format.seconds(ttft_median_s)} to the first token`;
    this.change("latency", { ttft_median_s, per_token_median_s }, `Set ${what} in`, `Set ${what} in`);
  }

  setFailures() {
    const kind = $("kind").value;
    const percent = $("probability").valueAsNumber;
    const what = percent ? `${percent} % ${kind.replaceAll("_", " ")}` : `no more ${kind.replaceAll("_", " ")}`;
    this.change("failures", { kind, probability: percent / 100 }, `Set ${what} in`, `Set ${what} in`);
  }

  setBudget() {
    const dollars = $("dollars").valueAsNumber;
    const budget = Number.isNaN(dollars) ? {} : { dollars, per: $("per").value };
    const what = Number.isNaN(dollars) ? "no budget" : `a budget of $${dollars}`;
    this.change("budget", budget, `Set ${what} in`, `Set ${what} in`);
  }

  async change(control, values, question, answer, always = false) {
    const { id, name, labs } = this.scope();
    const where = id ? name : `all ${labs} labs of the room`;
    if ((always || !id) && !(await confirmed(`${question} ${where}?`))) return;
    try {
      const changed = await api.change(control, id, values);
      this.done(`${answer} ${id ? name : `${changed} labs`}.`);
    } catch (problem) {
      this.failed(problem.message);
    }
  }
}

function slider(id, says) {
  const show = () => {
    const text = says($(id).valueAsNumber);
    $(`${id}-output`).value = text;
    $(id).setAttribute("aria-valuetext", text);
  };
  $(id).addEventListener("input", show);
  show();
}

function submits(id, act) {
  $(id).addEventListener("submit", (event) => {
    event.preventDefault();
    act();
  });
}

function confirmed(question) {
  const dialog = $("confirm");
  $("confirm-text").textContent = question;
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
  });
}
