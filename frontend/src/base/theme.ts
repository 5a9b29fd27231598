// Light, dark or as the device: applied at once here, remembered by the server in a cookie.

/** Turns the theme buttons into an instant switch; without this script they post and reload. */
export function startThemeSwitch(): void {
  document.addEventListener("submit", (event) => {
    const form = event.target as HTMLFormElement;
    const theme = (event.submitter as HTMLButtonElement | null)?.value;
    if (!form.matches("[data-theme-switch]") || !theme) return;
    event.preventDefault();
    document.documentElement.dataset["bsTheme"] = theme;
    for (const button of form.querySelectorAll<HTMLButtonElement>("button[name=theme]")) {
      button.setAttribute("aria-pressed", String(button.value === theme));
    }
    const data = new FormData(form);
    data.set("theme", theme);
    void fetch(form.action, { method: "POST", body: data, redirect: "manual", keepalive: true });
  });
}
