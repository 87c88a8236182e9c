// What was tapped did not arrive: say so in the page's own words (data-lost, data-failed on #network).
{
  "use strict";
  const region = document.getElementById("network");
  const say = (words) => {
    region.textContent = words;
    region.hidden = !words;
  };
  // What the page asks by itself now and then (data-poll) is nobody's tap.
  const isTap = (event) => !event.target.closest("[data-poll]");
  const hear = (name, words) => document.addEventListener(name, (event) => isTap(event) && say(words()));
  if (region) {
    hear("htmx:sendError", () => region.dataset.lost);
    hear("htmx:timeout", () => region.dataset.lost);
    hear("htmx:responseError", () => region.dataset.failed);
    document.addEventListener("htmx:afterOnLoad", (event) => {
      if (isTap(event) && event.detail.xhr.status < 400) say("");
    });
  }
}
