// Light, dark, or what the system says.

const STORED = "mock_llm.theme";

export function startTheme(select, changed) {
  const apply = (theme) => {
    if (theme) document.documentElement.dataset.theme = theme;
    else delete document.documentElement.dataset.theme;
    changed();
  };
  select.value = localStorage.getItem(STORED) ?? "";
  apply(select.value);
  select.addEventListener("change", () => {
    localStorage.setItem(STORED, select.value);
    apply(select.value);
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", changed);
}
