// Arrow keys go from the search box through what was found and back; Escape returns to the box. Enter opens a link by
// itself. Without this script the Tab key does the same.
{
  "use strict";
  const box = document.querySelector("form.search input[type=search]");
  const place = document.getElementById("found");
  const links = () => [...place.querySelectorAll("a.whole, a.name")];
  const go = (step) => {
    const all = links();
    const next = all.indexOf(document.activeElement) + step;
    if (next < 0) box.focus();
    else if (next < all.length) all[next].focus();
  };
  if (box && place) document.addEventListener("keydown", (event) => {
    const here = document.activeElement;
    if (here !== box && !links().includes(here)) return;
    if (event.key === "ArrowDown" || (event.key === "ArrowUp" && here !== box)) {
      event.preventDefault();
      go(event.key === "ArrowDown" ? 1 : -1);
    } else if (event.key === "Escape" && here !== box) {
      box.focus();
    }
  });
}
