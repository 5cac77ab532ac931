import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Language } from '#runtime/project/languages.ts';
import { scanProject } from '#runtime/project/scan.ts';
import { compileC } from '#runtime/wasi/testdata/compile-c.ts';

const DIRECTORY = '.wws/runtimes/tests/lines/1.0';

/** What is written around a worker of lines, and beside it. */
const WRAPPER = '{"headers":{},"status":200,"kv":{},"data":"\n{source}\n"}\n';
const POLYFILL = 'a polyfill\n';
const LIBRARY = 'a library\n';

let compiled: Promise<Buffer> | undefined;

/** The interpreter of `lines.c`, compiled once in a process. */
export function linesInterpreter(): Promise<Buffer> {
  compiled ??= compile();
  return compiled;
}

async function compile(): Promise<Buffer> {
  const into = await mkdtemp(path.join(tmpdir(), 'lines-'));
  try {
    return await readFile(await compileC({ source: 'lines', from: import.meta.dirname, into }));
  } finally {
    await rm(into, { recursive: true });
  }
}

/** Installs the language of lines (`lines.c`) into a project, for files with the extension `.lines`. */
export async function installLines(project: string): Promise<void> {
  const binary = await linesInterpreter();
  const files = {
    'lines.wasm': binary,
    'wrapper.txt': WRAPPER,
    'poly.lines': POLYFILL,
    'library/usr/lib/lib.lines': LIBRARY,
  };
  for (const [name, content] of Object.entries(files)) {
    const place = path.join(project, DIRECTORY, name);
    await mkdir(path.dirname(place), { recursive: true });
    await writeFile(place, content);
  }
  await writeFile(path.join(project, '.wws.toml'), linesMetadata(binary));
}

/** A `.wws.toml` with nothing but the language of lines. */
export function linesMetadata(binary: Buffer): string {
  const file = (filename: string, content: string | Buffer): string =>
    `url = "https://example.com/x"\nfilename = "${filename}"\nchecksum = { type = "sha256", value = "${createHash('sha256').update(content).digest('hex')}" }\n`;
  return `version = 1
[[repositories]]
name = "tests"
url = "https://example.com/index.toml"
[[repositories.runtimes]]
name = "lines"
version = "1.0"
status = "active"
extensions = ["lines", "ln"]
args = ["--", "/src/index.lines"]
envs = { LANGUAGE = "lines", GREETING = "of the language" }
[repositories.runtimes.binary]
${file('lines.wasm', binary)}[repositories.runtimes.wrapper]
${file('wrapper.txt', WRAPPER)}[repositories.runtimes.polyfill]
${file('poly.lines', POLYFILL)}[[repositories.runtimes.library]]
${file('/usr/lib/lib.lines', LIBRARY)}`;
}

/** What a scan of the project says runs the file at `name`. */
export async function languageIn(project: string, name: string): Promise<Language | undefined> {
  return (await scanProject({ root: project })).workers.find((worker) => worker.name === name)?.language;
}
