// A double tap sends once. The button is never disabled: its value must travel with the form,
// and a page that comes back from the browser's memory must be ready again.
{
  "use strict";
  const WAIT = 8000; // milliseconds; a form that answers with a file leaves its page standing

  const free = (form) => {
    delete form.dataset.sending;
    form.querySelectorAll(".sending").forEach((button) => {
      button.classList.remove("sending");
      button.removeAttribute("aria-disabled");
    });
  };

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.dataset.sending) {
      event.preventDefault();
      event.stopImmediatePropagation();
      return;
    }
    form.dataset.sending = "yes";
    if (event.submitter) {
      event.submitter.classList.add("sending");
      event.submitter.setAttribute("aria-disabled", "true");
    }
    setTimeout(() => free(form), WAIT);
  }, true);

  const freeAll = () => document.querySelectorAll("form[data-sending]").forEach(free);
  window.addEventListener("pageshow", (event) => {
    freeAll();
    // a degree chosen before is not a degree chosen now
    if (event.persisted) document.querySelectorAll(".pad form").forEach((form) => form.reset());
  });
  document.addEventListener("htmx:afterRequest", (event) => event.target.closest("[data-poll]") || freeAll());
}
