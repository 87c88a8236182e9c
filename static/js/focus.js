// Focus goes where the reader has to look: to the errors after a refused form, otherwise to the part
// that asks for it with data-focus after a swap.
{
  "use strict";
  const lead = (root) => {
    const wanted = ".error-summary, [data-focus]";
    const place = root.matches && root.matches(wanted) ? root
      : root.querySelector(".error-summary") || root.querySelector("[data-focus]");
    if (!place) return;
    if (!place.hasAttribute("tabindex")) place.setAttribute("tabindex", "-1");
    place.focus();
  };
  lead(document);
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.detail.elt && event.detail.elt.isConnected) lead(event.detail.elt);
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
