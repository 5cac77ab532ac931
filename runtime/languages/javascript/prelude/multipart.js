/** multipart/form-data both ways (RFC 7578, html.spec.whatwg.org#multipart-form-data). */
import { blobBytes, File } from './blob.js';
import { FormData } from './form-data.js';
import { entropy } from './host.js';
import { joined, utf8, utf8Text } from './text-encoding.js';
import { URLSearchParams } from './url-search-params.js';

const CR = 0x0d;
const LF = 0x0a;
const DASH = 0x2d;
const LINE = Uint8Array.of(CR, LF);

/** The form as bytes, and the content type that says where its parts end. */
export function encodeForm(form) {
  const boundary = `----wws-form-${[1, 2, 3, 4].map(() => entropy().toString(16).padStart(8, '0')).join('')}`;
  const parts = [];
  for (const [name, value] of form) {
    const head = `--${boundary}\r\ncontent-disposition: form-data; name="${escaped(lines(name))}"`;
    if (value instanceof File) {
      const type = value.type === '' ? 'application/octet-stream' : value.type;
      parts.push(
        utf8(`${head}; filename="${escaped(value.name)}"\r\ncontent-type: ${type}\r\n\r\n`),
        blobBytes(value),
      );
    } else parts.push(utf8(`${head}\r\n\r\n${lines(value)}`));
    parts.push(LINE);
  }
  parts.push(utf8(`--${boundary}--\r\n`));
  return { bytes: joined(parts), type: `multipart/form-data; boundary=${boundary}` };
}

/** Line breaks are CR LF, however they were written. */
function lines(text) {
  return text.replace(/\r\n?|\n/g, '\r\n');
}

function escaped(text) {
  return text.replaceAll('\r', '%0D').replaceAll('\n', '%0A').replaceAll('"', '%22');
}

function unescaped(text) {
  return text.replaceAll('%0D', '\r').replaceAll('%0A', '\n').replaceAll('%22', '"');
}

/** @throws TypeError when `bytes` is no such form */
export function decodeForm(bytes, type) {
  const boundary = /;\s*boundary=(?:"([^"]+)"|([^\s;"]+))/i.exec(type);
  if (boundary === null) throw new TypeError('Cannot read the form: its content type has no boundary');
  const delimiter = utf8(`--${boundary[1] ?? boundary[2]}`);
  const form = new FormData();
  let at = delimiterFrom(bytes, delimiter, 0);
  for (;;) {
    if (at < 0) throw new TypeError('Cannot read the form: it ends too early');
    at += delimiter.length;
    if (bytes[at] === DASH && bytes[at + 1] === DASH) return form;
    while (bytes[at] === 0x20 || bytes[at] === 0x09) at += 1;
    if (bytes[at] !== CR || bytes[at + 1] !== LF)
      throw new TypeError('Cannot read the form: a part has no head');
    // Where a part has no headers, its head is one empty line.
    const headEnd = emptyLineFrom(bytes, at);
    const end = delimiterFrom(bytes, delimiter, headEnd + 2);
    if (headEnd < 0 || end < 0) throw new TypeError('Cannot read the form: it ends too early');
    addPart(
      form,
      utf8Text(bytes.subarray(at + 2, headEnd)),
      bytes.subarray(headEnd + 4, Math.max(end - 2, headEnd + 4)),
    );
    at = end;
  }
}

/** Where the next delimiter is that begins a line; -1 for none. */
function delimiterFrom(bytes, delimiter, from) {
  for (let at = bytes.indexOf(DASH, from); at >= 0; at = bytes.indexOf(DASH, at + 1)) {
    const beginsLine = at === 0 || (bytes[at - 2] === CR && bytes[at - 1] === LF);
    if (beginsLine && delimiter.every((byte, index) => bytes[at + index] === byte)) return at;
  }
  return -1;
}

function emptyLineFrom(bytes, from) {
  for (let at = bytes.indexOf(CR, from); at >= 0; at = bytes.indexOf(CR, at + 1)) {
    if (bytes[at + 1] === LF && bytes[at + 2] === CR && bytes[at + 3] === LF) return at;
  }
  return -1;
}

function addPart(form, head, content) {
  const headers = new Map(
    head
      .split('\r\n')
      .map((line) => line.split(/:\s*(.*)/s, 2))
      .map(([name, value]) => [name.toLowerCase(), value ?? '']),
  );
  const disposition = headers.get('content-disposition') ?? '';
  const name = parameter(disposition, 'name');
  if (!/^form-data\s*;/i.test(disposition) || name === undefined) {
    throw new TypeError('Cannot read the form: a part has no name');
  }
  const filename = parameter(disposition, 'filename');
  if (filename === undefined) form.append(name, utf8Text(content));
  else
    form.append(name, new File([content], filename, { type: headers.get('content-type') ?? 'text/plain' }));
}

function parameter(disposition, name) {
  const found = new RegExp(`;\\s*${name}=(?:"((?:[^"\\\\]|\\\\.)*)"|([^\\s;]+))`, 'i').exec(disposition);
  if (found === null) return undefined;
  return unescaped(found[1]?.replace(/\\(["\\])/g, '$1') ?? found[2]);
}

/** @throws TypeError when a body of this content type is no form */
export function formOf(bytes, type) {
  const essence = type?.split(';', 1)[0].trim().toLowerCase();
  if (essence === 'multipart/form-data') return decodeForm(bytes, type);
  if (essence !== 'application/x-www-form-urlencoded') {
    throw new TypeError(`Cannot read the form: the content type is ${type ?? 'missing'}`);
  }
  const form = new FormData();
  for (const [name, value] of new URLSearchParams(utf8Text(bytes))) form.append(name, value);
  return form;
}
