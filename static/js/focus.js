// Focus goes where the reader has to look: to the errors after a refused form, otherwise to the part
// that asks for it with data-focus after a swap.
{
  "use strict";
  const lead = (root) => {
    const place = root.querySelector(".error-summary") || root.querySelector("[data-focus]");
    if (!place) return;
    if (!place.hasAttribute("tabindex")) place.setAttribute("tabindex", "-1");
    place.focus();
  };
  lead(document);
  document.addEventListener("htmx:afterSettle", (event) => {
    const fresh = event.detail.elt;
    lead(fresh && fresh.isConnected ? fresh.parentElement || fresh : document);
  });

  // an open menu closes when the reader turns to something else
  const closeMenus = (except) => document.querySelectorAll("details.menu[open]").forEach((menu) => {
    if (!menu.contains(except)) menu.open = false;
  });
  document.addEventListener("click", (event) => closeMenus(event.target));
  document.addEventListener("keydown", (event) => {
    const menu = event.key === "Escape" && document.querySelector("details.menu[open]");
    if (menu) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });
}
