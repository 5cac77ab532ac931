import { readFile, writeFile } from 'node:fs/promises';

const FOLDER = '/images';

/** What a file of each kind begins with. */
const KINDS = [
  { type: 'image/png', start: [0x89, 0x50, 0x4e, 0x47] },
  { type: 'image/jpeg', start: [0xff, 0xd8, 0xff] },
  { type: 'image/gif', start: [0x47, 0x49, 0x46, 0x38] },
];

const typeOf = (bytes) => KINDS.find(({ start }) => start.every((byte, at) => bytes[at] === byte))?.type;

export default {
  async fetch(request) {
    const { name } = request.params;
    if (!/^[\w-]+$/.test(name)) return text(400, 'A name has letters, digits, "-" and "_"');
    return request.method === 'PUT' ? await put(request, name) : await get(name);
  },
};

async function put(request, name) {
  const bytes = await request.bytes();
  const type = typeOf(bytes);
  if (type === undefined) return text(415, 'Expected a PNG, JPEG or GIF');
  await writeFile(`${FOLDER}/${name}`, bytes);
  return text(201, `${name}: ${type}, ${bytes.length} bytes`);
}

async function get(name) {
  try {
    const bytes = await readFile(`${FOLDER}/${name}`);
    return new Response(bytes, { headers: { 'content-type': typeOf(bytes) } });
  } catch (error) {
    if (error.code === 'ENOENT') return text(404, `There is no image "${name}"`);
    throw error;
  }
}

function text(status, line) {
  return new Response(`${line}\n`, { status, headers: { 'content-type': 'text/plain' } });
}
