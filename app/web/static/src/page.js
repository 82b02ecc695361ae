/** What every page does with script besides its links and forms, which work without. */

for (const menu of document.querySelectorAll("details.menu")) {
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
  document.addEventListener("click", (event) => {
    if (!menu.contains(event.target)) menu.open = false;
  });
}

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => print());
}

// A password may be looked at while it is typed; it is hidden again before the form leaves.
for (const button of document.querySelectorAll("[data-reveal]")) {
  const field = document.getElementById(button.dataset.reveal);
  const show = (shown) => {
    field.type = shown ? "text" : "password";
    button.setAttribute("aria-pressed", String(shown));
  };
  button.hidden = false;
  button.addEventListener("click", () => show(field.type === "password"));
  field.form.addEventListener("submit", () => show(false));
}

// What must happen once is asked for once, however often the button is pressed.
for (const form of document.querySelectorAll("form[data-once]")) {
  let isSent = false;
  form.addEventListener("submit", (event) => {
    if (isSent) event.preventDefault();
    isSent = true;
  });
  addEventListener("pageshow", ({ persisted }) => {
    if (persisted) isSent = false;
  });
}

// A long form of filters would fill a phone's first screen.
const phone = matchMedia("(max-width: 767.98px)");
for (const fold of document.querySelectorAll("details[data-fold-on-phones]")) {
  const settle = () => {
    fold.open = !phone.matches;
  };
  settle();
  phone.addEventListener("change", settle);
}
