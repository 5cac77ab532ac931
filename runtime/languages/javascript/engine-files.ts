/**
 * Where the engine and the prelude are. Both lie beside the bundle in an installed runtime; run from sources,
 * the prelude lies beside this file and the engine in its npm package.
 */
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { capMemory } from './cap-memory.ts';
import { compileModule, type WasmModule } from './webassembly.ts';

const PAGE_BYTES = 65_536;

const compiled = new Map<number, Promise<WasmModule>>();

/** The engine, its memory bounded to `memoryBytes`; compiled once per thread and bound. */
export function compileEngine(memoryBytes: number): Promise<WasmModule> {
  const pages = Math.floor(memoryBytes / PAGE_BYTES);
  const known = compiled.get(pages);
  if (known) return known;
  const module = readFile(engineFile()).then((bytes) => compileModule(capMemory(bytes, pages)));
  compiled.set(pages, module);
  return module;
}

function engineFile(): string {
  const installed = path.join(import.meta.dirname, 'quickjs.wasm');
  if (existsSync(installed)) return installed;
  return createRequire(path.join(import.meta.dirname, 'x')).resolve('quickjs-wasi/quickjs.wasm');
}

/** The prelude's modules by file name. */
export function readPrelude(): Promise<ReadonlyMap<string, string>> {
  return readModules(path.join(import.meta.dirname, 'prelude'));
}

async function readModules(directory: string): Promise<ReadonlyMap<string, string>> {
  const names = (await readdir(directory)).filter((name) => name.endsWith('.js'));
  const entries = names.map(
    async (name) => [name, await readFile(path.join(directory, name), 'utf8')] as const,
  );
  return new Map(await Promise.all(entries));
}
