// A page left with unsent text warns. What counts is what stands in the fields at that moment:
// nothing is recorded while typing, so nothing can be out of step. data-unsent="ignore" on a form opts out,
// "typed" says that what stands in it came from the reader and is not saved yet, "stored" that it was saved, faults and all.
{
  "use strict";
  const touched = (field) => {
    if (field.disabled || ["hidden", "password", "submit", "button", "search"].includes(field.type)) return false;
    if (["checkbox", "radio"].includes(field.type)) return field.checked !== field.defaultChecked;
    if (field.tagName === "SELECT") {
      const wasChosen = [...field.options].some((option) => option.defaultSelected);
      return wasChosen ? [...field.options].some((option) => option.selected !== option.defaultSelected)
        : field.selectedIndex > 0;
    }
    return "defaultValue" in field && field.value !== field.defaultValue;
  };

  const unsent = (form) => {
    if (form.method !== "post" || form.dataset.unsent === "ignore" || form.dataset.sending) return false;
    const refused = form.dataset.unsent !== "stored" && form.querySelector("[aria-invalid]") && !form.querySelector("[type=password]");
    return refused || form.dataset.unsent === "typed" || [...form.elements].some(touched);
  };

  window.addEventListener("beforeunload", (event) => {
    if (document.querySelector("form[data-sending]")) return;
    if ([...document.forms].some(unsent)) {
      event.preventDefault();
      event.returnValue = "";
    }
  });
}
