// What was tapped did not arrive: say so in the page's own words (data-lost, data-failed on #network).
{
  "use strict";
  const region = document.getElementById("network");
  const say = (words) => {
    region.textContent = words;
    region.hidden = !words;
  };
  if (region) {
    document.addEventListener("htmx:sendError", () => say(region.dataset.lost));
    document.addEventListener("htmx:timeout", () => say(region.dataset.lost));
    document.addEventListener("htmx:responseError", () => say(region.dataset.failed));
    document.addEventListener("htmx:afterOnLoad", (event) => {
      if (event.detail.xhr.status < 400) say("");
    });
  }
}
