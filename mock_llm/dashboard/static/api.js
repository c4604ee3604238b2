// Calls to this server. Token and key live in this tab's session storage and in headers, never in
// a URL.

const ROOM = "/_mock/room";
const TOKEN = "mock_llm.admin_token";
const KEY = "mock_llm.api_key";
const PATIENCE_MS = 10_000;

export class Refused extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

export function signIn(token, key) {
  signOut();
  if (token) sessionStorage.setItem(TOKEN, token);
  else if (key) sessionStorage.setItem(KEY, key);
}

export function signOut() {
  sessionStorage.removeItem(TOKEN);
  sessionStorage.removeItem(KEY);
}

export function isSignedIn() {
  return sessionStorage.getItem(TOKEN) !== null || sessionStorage.getItem(KEY) !== null;
}

function headers() {
  const token = sessionStorage.getItem(TOKEN);
  const key = sessionStorage.getItem(KEY);
  if (token) return { "X-Admin-Token": sendable(token) };
  return key ? { Authorization: `Bearer ${sendable(key)}` } : {};
}

// Headers hold ASCII; what is not cannot be right, and the server shall say so.
function sendable(secret) {
  return /^[\x20-\x7e]+$/.test(secret) ? secret : "?";
}

async function call(path, options = {}) {
  const reply = await fetch(`${ROOM}${path}`, {
    cache: "no-store",
    credentials: "omit",
    redirect: "error",
    signal: options.patient ? undefined : AbortSignal.timeout(PATIENCE_MS),
    ...options,
    headers: { ...headers(), ...options.headers },
  });
  if (reply.ok) return reply;
  let message = `The server answers with status ${reply.status}.`;
  try {
    message = (await reply.json()).error.message;
  } catch {
    // The status says it.
  }
  throw new Refused(reply.status, message);
}

function query(lab) {
  return lab ? `?lab=${encodeURIComponent(lab)}` : "";
}

export async function feed(lab) {
  return (await call(query(lab))).json();
}

export async function choices() {
  return (await call("/choices")).json();
}

export async function verdict(lab) {
  return (await call(`/verdict${query(lab)}`)).json();
}

export async function change(control, lab, values) {
  const reply = await call(`/${control}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ lab: lab || "all", ...values }),
  });
  return (await reply.json()).labs;
}

export async function save(what, format, lab) {
  const reply = await call(`/${what}.${format}${query(lab)}`, { patient: true });
  const link = document.createElement("a");
  link.href = URL.createObjectURL(await reply.blob());
  link.download = `${what}.${format}`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
