// Numbers as people read them, each with its unit.

const whole = new Intl.NumberFormat("en");

export const NOTHING = "–";

export function count(number) {
  return whole.format(number);
}

export function short(number) {
  if (number < 10_000) return whole.format(Math.round(number));
  const [value, unit] = number < 1e6 ? [number / 1e3, "k"] : number < 1e9 ? [number / 1e6, "M"] : [number / 1e9, "G"];
  return `${value.toFixed(value < 99.95 ? 1 : 0)} ${unit}`;
}

export function dollars(nanodollars) {
  const value = nanodollars / 1e9;
  const size = Math.abs(value);
  const digits = size === 0 || size >= 1 ? 2 : size >= 0.01 ? 4 : 6;
  return `${value < 0 ? "−" : ""}$${size.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits })}`;
}

export function seconds(value) {
  if (value === null || value === undefined) return NOTHING;
  if (value < 0.001) return "< 1 ms";
  if (value < 1) return `${Math.round(value * 1000)} ms`;
  return `${value.toFixed(value < 10 ? 2 : 1)} s`;
}

export function rate(value) {
  return value === 0 ? "0" : value < 10 ? value.toFixed(1) : whole.format(Math.round(value));
}

export function share(part, all) {
  if (!all) return NOTHING;
  const percent = (100 * part) / all;
  return `${percent > 0 && percent < 10 ? percent.toFixed(1) : Math.round(percent)} %`;
}
