// Asks the server again and again, and says in which state that is: waiting, live, paused, gone
// (with how long ago the last answer came) or locked. A tab that nobody sees asks for nothing.

import * as api from "./api.js";

const EVERY_MS = 1000;
const SLOWEST_MS = 5000;

export class Feed {
  constructor({ answer, state }) {
    this.onAnswer = answer;
    this.onState = state;
    this.lab = "";
    this.isPaused = false;
    this.last = null;
    this.waitMs = EVERY_MS;
    this.timer = null;
    this.turn = 0;
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden && !this.isPaused) this.now();
    });
  }

  choose(lab) {
    this.lab = lab;
    if (!this.isPaused) this.now();
  }

  pause(isPaused) {
    this.isPaused = isPaused;
    if (isPaused) {
      this.turn += 1;
      clearTimeout(this.timer);
      this.onState("paused", this.last);
    } else {
      this.onState("waiting", this.last);
      this.now();
    }
  }

  // Ask at once, whatever is under way; also when paused, for who has just changed something.
  now() {
    clearTimeout(this.timer);
    this.turn += 1;
    this.ask(this.turn);
  }

  async ask(turn) {
    if (document.hidden) return;
    try {
      const answer = await api.feed(this.lab);
      if (turn !== this.turn) return;
      await this.onAnswer(answer);
    } catch (problem) {
      if (turn === this.turn) this.failed(problem);
      return;
    }
    if (turn !== this.turn) return;
    this.last = Date.now();
    this.waitMs = EVERY_MS;
    this.onState(this.isPaused ? "paused" : "live", this.last);
    this.later(turn);
  }

  failed(problem) {
    if (problem.status === 401) {
      this.onState("locked", this.last, problem.message);
      return;
    }
    if (problem.status === 404 && this.lab) {
      this.lab = "";
      this.onState("lost", this.last);
      this.now();
      return;
    }
    this.onState("gone", this.last, problem.status ? problem.message : "");
    this.waitMs = Math.min(this.waitMs * 1.6, SLOWEST_MS);
    this.later(this.turn);
  }

  later(turn) {
    if (!this.isPaused) this.timer = setTimeout(() => this.ask(turn), this.waitMs);
  }
}
