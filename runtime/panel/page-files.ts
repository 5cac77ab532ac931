import { readFile } from 'node:fs/promises';
import path from 'node:path';

/** Where the page lies: beside this file, and in an installation beside the bundle, under the same name. */
const DIRECTORY = path.join(import.meta.dirname, 'page');

const HTML = 'text/html; charset=utf-8';
const CSS = 'text/css; charset=utf-8';
const SCRIPT = 'text/javascript; charset=utf-8';

/** The page, file by file; nothing else is read. */
export const PAGE_FILES: ReadonlyMap<string, string> = new Map([
  ['index.html', HTML],
  ['panel.css', CSS],
  ['graph.css', CSS],
  ['tables.css', CSS],
  ['panel.js', SCRIPT],
  ['api.js', SCRIPT],
  ['dom.js', SCRIPT],
  ['graph.js', SCRIPT],
  ['kv.js', SCRIPT],
  ['requests.js', SCRIPT],
  ['routes.js', SCRIPT],
  ['timeline.js', SCRIPT],
  ['worker.js', SCRIPT],
]);

export interface PageFile {
  readonly type: string;
  readonly bytes: Buffer;
}

const loaded = new Map<string, Promise<PageFile>>();

/** Undefined for what is no part of the page. */
export async function pageFile(name: string): Promise<PageFile | undefined> {
  const type = PAGE_FILES.get(name);
  if (type === undefined) return undefined;
  let file = loaded.get(name);
  if (file === undefined) {
    file = readFile(path.join(DIRECTORY, name)).then((bytes) => ({ type, bytes }));
    // Tried again by whoever asks next.
    file.catch(() => loaded.delete(name));
    loaded.set(name, file);
  }
  return await file;
}
