// The table in which a paper list is typed: Enter goes on, the arrows go up and down, a new line begins with the compound,
// building and unit of the one above, an ID number is checked where it is typed and goes nowhere for that. Without this
// script the page does the same by its buttons.
{
  "use strict";
  const form = document.getElementById("typing");
  const body = form.querySelector("tbody");
  const kept = document.getElementById("kept");
  const KEEP_AFTER = 30000; // milliseconds since it was last stored
  const carried = form.dataset.carried.split(" ");

  const fieldsOf = (line) => [...line.querySelectorAll("input, select")];
  const partOf = (field) => field.name.split("-")[0]; // "building-3" is the building of line 3
  const part = (line, name) => fieldsOf(line).find((field) => partOf(field) === name);
  const isBlank = (line) => fieldsOf(line).every((field) => !field.value.trim());
  const saysMore = (line) => fieldsOf(line).some((field) => field.value.trim()
    && partOf(field) !== "room" && !carried.includes(partOf(field)));

  // -- an ID number, as the server reads it ---------------------------------------------------------------------
  const SHARES = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
  const checkOf = (digits) => "10X98765432"[SHARES.reduce((sum, share, place) => sum + share * digits[place], 0) % 11];
  const bornOf = (digits) => {
    const [year, month, day] = [digits.slice(6, 10), digits.slice(10, 12), digits.slice(12, 14)];
    const born = new Date(`${year}-${month}-${day}T00:00:00Z`);
    const exists = !isNaN(born) && born.getUTCDate() === Number(day) && Number(year) >= 1850;
    return exists ? `${year}-${month}-${day}` : null;
  };
  const readId = (typed) => {
    let number = typed.normalize("NFKC").replace(/[\s'’‘`´"=\-–—·.,，。_]/g, "").toUpperCase();
    if (!/[0-9]/.test(number)) return {}; // 无, 没有
    if (/[*×✱●○?#]/.test(number)) return { fault: "idMasked" };
    if (/[^0-9A-Z]/.test(number)) return { fault: "idCharacters" };
    if (/^[0-9]{15}$/.test(number)) {
      number = `${number.slice(0, 6)}19${number.slice(6)}`;
      number += checkOf(number);
    } else if (/^[0-9]+X?$/.test(number) && !/^[0-9]{17}[0-9X]$/.test(number)) {
      return { fault: "idLength" };
    }
    if (!/^[0-9]{17}[0-9X]$/.test(number)) return {}; // another document: the server knows
    if (number[17] !== checkOf(number)) return { fault: "idCheck" };
    const born = bornOf(number);
    return born ? { born, sex: number[16] % 2 ? "male" : "female" } : { fault: "idBirthDate" };
  };
  const sayOfId = (field) => {
    const said = document.getElementById(`${field.id}-said`);
    const { fault, born, sex } = field.value.trim() ? readId(field.value) : {};
    said.textContent = "";
    if (fault) field.setAttribute("aria-invalid", "true");
    else field.removeAttribute("aria-invalid");
    if (!fault && !born) return;
    const words = document.createElement("p");
    words.className = fault ? "field-error" : "hint";
    words.textContent = fault ? form.dataset[fault] : `${form.dataset[sex]} · ${born}`;
    said.append(words);
  };

  // -- storing, while one types ----------------------------------------------------------------------------------
  let storedAt = Date.now();
  let sent = new Map(); // field → what was sent of it
  const touched = (field) => field.tagName === "SELECT"
    ? [...field.options].some((option) => option.selected !== option.defaultSelected && (option.value || option.defaultSelected))
    : field.value !== field.defaultValue;
  const keep = () => {
    if (form.dataset.sending || !fieldsOf(body).some(touched)) return;
    storedAt = Date.now();
    sent = new Map(fieldsOf(body).map((field) => [field, field.value]));
    htmx.trigger(kept, "keep");
  };
  kept.addEventListener("htmx:afterRequest", (event) => {
    if (!event.detail.successful || event.detail.xhr.status !== 200) return;
    sent.forEach((value, field) => {
      if (field.tagName === "SELECT") [...field.options].forEach((option) => { option.defaultSelected = option.value === value; });
      else field.defaultValue = value;
    });
  });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") keep(); // a call comes in, and the phone may close the page
  });

  // As with Tab, what stands there is selected: typing replaces what was carried over, Enter leaves it.
  const go = (field) => {
    field.focus();
    if (field.select) field.select();
  };

  // -- going on ----------------------------------------------------------------------------------------------------
  const makeLine = () => {
    const number = body.rows.length + 1;
    if (number > Number(form.dataset.limit)) return null;
    body.insertAdjacentHTML("beforeend", form.querySelector("template").innerHTML.replaceAll("__n__", number));
    return body.lastElementChild;
  };
  const begin = (line, above) => {
    if (!isBlank(line) || !saysMore(above)) return;
    carried.forEach((name) => { if (part(line, name)) part(line, name).value = part(above, name).value; });
  };
  const goOn = (line) => {
    const next = line.nextElementSibling || makeLine();
    if (!next) return null;
    begin(next, line);
    if (Date.now() - storedAt > KEEP_AFTER) keep();
    return next;
  };

  form.addEventListener("keydown", (event) => {
    const field = event.target;
    // an input method takes Enter and arrows for itself while it offers characters
    if (!body.contains(field) || event.isComposing || event.keyCode === 229) return;
    if (event.ctrlKey || event.altKey || event.metaKey || event.shiftKey) return;
    const line = field.closest("tr");
    const fields = fieldsOf(line);
    const isLast = field === fields[fields.length - 1];
    if (event.key === "Enter") {
      event.preventDefault();
      if (!isLast) return void go(fields[fields.indexOf(field) + 1]);
      const next = goOn(line);
      go(next ? fieldsOf(next)[0] : form.querySelector(".actions button"));
    } else if (event.key === "Tab" && isLast) {
      goOn(line); // the browser itself moves the focus
    } else if (["ArrowDown", "ArrowUp"].includes(event.key) && field.tagName === "INPUT" && !field.list) {
      const to = event.key === "ArrowDown" ? line.nextElementSibling : line.previousElementSibling;
      event.preventDefault();
      if (to) go(part(to, partOf(field)));
    }
  });
  form.addEventListener("change", (event) => {
    if (partOf(event.target) === "id_number") sayOfId(event.target);
  });

  document.getElementById("keys").hidden = false;
  // with a keyboard the next blank line is where one goes on
  if (!document.querySelector(".error-summary, [data-focus]") && matchMedia("(min-width: 800px)").matches) {
    const line = document.getElementById(`line-${form.dataset.firstBlank}`);
    if (line) fieldsOf(line)[0].focus();
  }
}
