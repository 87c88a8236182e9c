// A ticked sheet is keyed without the mouse: code, temperature, v, w, and Enter goes on. Without this file the rows
// stand in the order of the paper and Tab goes down them.
{
  "use strict";
  const form = document.getElementById("keying");
  if (form) {
    const box = document.getElementById("by-code");
    const code = document.getElementById("code");
    const found = document.getElementById("found");
    const save = form.querySelector("button[type=submit]");
    const fieldsOf = (row) => [...row.querySelectorAll("input")];
    const rows = () => [...form.querySelectorAll("li[data-code]")].filter((row) => fieldsOf(row).length);
    let jumped = false;
    box.hidden = false;
    if (!document.querySelector(".error-summary")) code.focus();

    const look = () => {
      const typed = code.value.normalize("NFKC").replace(/\D/g, "");
      const row = typed && rows().find((one) => one.dataset.code === typed);
      found.textContent = row ? row.dataset.who : "";
      return row;
    };
    code.addEventListener("input", look);

    const enterCode = () => {
      if (!code.value.trim()) return save.focus();
      const row = look();
      if (!row) {
        found.textContent = `▲ ${box.dataset.nobody}`;
        return code.select();
      }
      code.value = "";
      jumped = true;
      fieldsOf(row)[0].focus();
    };

    // To the next row at once: v and w tick from the field of the temperature, and what is typed at a box is lost.
    const goOn = (field) => {
      const row = field.closest("li"), all = rows();
      const below = all[all.indexOf(row) + 1];
      if (jumped) return code.focus();
      (below ? fieldsOf(below)[0] : save).focus();
    };

    const ticks = { v: 1, V: 1, "√": 1, "✓": 1, w: 2, W: 2 };
    form.addEventListener("keydown", (event) => {
      const field = event.target;
      if (field.tagName !== "INPUT" || event.isComposing || event.ctrlKey || event.altKey || event.metaKey) return;
      if (event.key === "Enter") {
        event.preventDefault();
        return field === code ? enterCode() : goOn(field);
      }
      const row = field.closest("li");
      if (row && ticks[event.key]) {
        event.preventDefault();
        const box = fieldsOf(row)[ticks[event.key]];
        box.checked = !box.checked;
      }
    });
  }
}
