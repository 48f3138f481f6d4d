// What scripts say, in the language of the page: its translations come with the page where it is not English.

const told = JSON.parse(document.getElementById("script-texts")?.textContent ?? "null");

// The text, with values in place of %(name)s. The English text is what it is found by.
export function say(text, values = {}) {
  return filled(told?.texts[text]?.[0] ?? text, values);
}

// The form for this many, which stands in place of %(count)s.
export function sayMany(one, many, count, values = {}) {
  const form = told?.texts[one]?.[formOf(count)] ?? (count === 1 ? one : many);
  return filled(form, { count: count.toLocaleString(document.documentElement.lang), ...values });
}

// Rules go by the last two digits beyond the first hundred.
function formOf(count) {
  return told.forms[count < 200 ? count : 100 + (count % 100)];
}

function filled(text, values) {
  return text.replace(/%\((\w+)\)s/g, (place, name) => values[name] ?? place);
}
