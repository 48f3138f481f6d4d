// What is typed into a form outlives a reload and a sign-in, in this tab and for this person only.

export class Draft {
  #form;
  #name;

  constructor(form) {
    this.#form = form;
    this.#name = `homespun-draft-${form.dataset.who}-${form.getAttribute("action")}`;
  }

  keep() {
    const told = [...new FormData(this.#form)].filter(([name]) => name !== "csrf_token");
    sessionStorage.setItem(this.#name, JSON.stringify(told));
  }

  forget() {
    sessionStorage.removeItem(this.#name);
  }

  // True where something was there that the form did not have yet.
  restore() {
    const kept = sessionStorage.getItem(this.#name);
    if (!kept) return false;
    const told = new Map(JSON.parse(kept));
    let changed = false;
    for (const field of this.#form.elements) {
      if (!field.name || field.name === "csrf_token" || !told.has(field.name)) continue;
      const value = told.get(field.name);
      if (field.type === "radio") {
        changed ||= field.checked !== (field.value === value);
        field.checked = field.value === value;
      } else if (field.value !== value) {
        changed = true;
        field.value = value;
      }
    }
    return changed;
  }
}
