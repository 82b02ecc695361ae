/**
 * Light, dark, or as the system wishes: remembered on this device.
 *
 * It runs in the head, before anything is drawn, so that a page never flashes in the other theme. Without it the
 * page follows the system, and the switch, which nothing could answer, stays hidden.
 */
const KEY = "theme";
const root = document.documentElement;

apply(remembered());
addEventListener("storage", (event) => event.key === KEY && apply(remembered()));
document.addEventListener("DOMContentLoaded", () => {
  document.querySelectorAll("[data-theme-switch]").forEach(equip);
});

function apply(theme) {
  if (theme) root.dataset.bsTheme = theme;
  else delete root.dataset.bsTheme;
}

function equip(fieldset) {
  fieldset.hidden = false;
  fieldset.querySelector(`[value="${remembered() || "auto"}"]`).checked = true;
  fieldset.addEventListener("change", ({ target }) => {
    const theme = target.value === "auto" ? "" : target.value;
    apply(theme);
    remember(theme);
  });
}

/** "light", "dark", or "" for the system's wish. Private windows of some browsers refuse to remember. */
function remembered() {
  try {
    const theme = localStorage.getItem(KEY);
    return theme === "light" || theme === "dark" ? theme : "";
  } catch {
    return "";
  }
}

function remember(theme) {
  try {
    localStorage.setItem(KEY, theme);
  } catch {
    // then it holds for this page only
  }
}
