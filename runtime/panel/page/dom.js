/**
 * Makes elements. Text of guests and clients becomes text nodes and values of attributes, never markup; nothing
 * else in the page makes elements.
 */

const SVG = 'http://www.w3.org/2000/svg';

/** More of one text is of use to nobody. */
const MOST_CHARACTERS = 20_000;

/** Controls, and what changes how its surroundings are shown; tabs and line breaks stay. */
const INVISIBLE = /[^\P{C}\t\n]|[\u2028\u2029]/gu;

/** Text in which everything can be seen: a mark that turns the direction is an escape. */
export function visible(text) {
  const shown = text.length > MOST_CHARACTERS ? text.slice(0, MOST_CHARACTERS) : text;
  const rest = text.length - shown.length;
  const escaped = shown
    .replaceAll('\r\n', '\n')
    .replace(INVISIBLE, (char) => `\\u{${char.codePointAt(0).toString(16)}}`);
  return rest === 0 ? escaped : `${escaped}… (${rest} more characters)`;
}

export function element(name, attributes = {}, ...children) {
  return fill(document.createElement(name), attributes, children);
}

export function drawing(name, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, name), attributes, children);
}

function fill(made, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    made.setAttribute(name, value === true ? '' : visible(String(value)));
  }
  for (const child of children.flat()) {
    if (child === undefined || child === null) continue;
    made.append(child instanceof Node ? child : document.createTextNode(visible(String(child))));
  }
  return made;
}

/** A button, with what it does. */
export function button(text, act, attributes = {}) {
  const made = element('button', { type: 'button', ...attributes }, text);
  made.addEventListener('click', act);
  return made;
}

/** Rows of a table with headings; each row is a list of what its cells hold. */
export function table(caption, headings, rows) {
  return element(
    'div',
    { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': caption },
    element(
      'table',
      {},
      element('caption', { class: 'hidden' }, caption),
      element(
        'thead',
        {},
        element('tr', {}, ...headings.map((heading) => element('th', { scope: 'col' }, heading))),
      ),
      element(
        'tbody',
        {},
        ...rows.map((cells) => element('tr', {}, ...cells.map((cell) => element('td', {}, cell)))),
      ),
    ),
  );
}

export function bytes(count) {
  if (count < 1024) return `${count} B`;
  const unit = count < 1024 ** 2 ? ['KiB', 1024] : ['MiB', 1024 ** 2];
  return `${Number((count / unit[1]).toFixed(1))} ${unit[0]}`;
}

export function milliseconds(ms) {
  if (ms >= 1000) return `${Number((ms / 1000).toFixed(2))} s`;
  return `${ms < 10 ? ms.toFixed(2) : ms.toFixed(0)} ms`;
}
