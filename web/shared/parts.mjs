// What the sections of the page are built of.

const clock = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });

export const element = (id) => document.getElementById(id);
export const numbers = new Intl.NumberFormat();

export function part(name, content, attributes = {}) {
  const made = document.createElement(name);
  made.append(...[content].flat());
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

export function time_of(text) {
  return part("time", clock.format(new Date(text)), { datetime: text, title: text });
}

export function fact(name, content) {
  return part("div", [part("dt", name), part("dd", content)]);
}

// What has not changed stays as it is, with whatever is selected in it.
export function replace(list, items) {
  items.forEach((item, i) => {
    const shown = list.children[i];
    if (!shown) list.append(item);
    else if (!shown.isEqualNode(item)) shown.replaceWith(item);
  });
  while (list.children.length > items.length) list.lastElementChild.remove();
}
