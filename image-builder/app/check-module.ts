import { compileModule } from '#runtime/wasi/compile.ts';
import { WASI_MODULE } from '#runtime/wasi/host.ts';
import { checkModule } from '#runtime/wasi/link.ts';
import { isPreview1Function } from '#runtime/wasi/preview1-names.ts';
import { moduleEntry } from '#runtime/worker/module-entry.ts';
import { HTTP_MODULE, SEND_HTTP_REQUEST, WORKER_IMPORTS } from '#runtime/worker/module-imports.ts';
import { reasonOf } from '../errors.ts';
import type { AppModule } from './app-routes.ts';

/** What a compiled worker asks of its host, and whether it gets it. */
export interface CheckedModule {
  readonly worker: string;
  /** `module.name` of each, in the module's order; empty where it cannot be compiled. */
  readonly imports: readonly string[];
  /** Those of them that there are not. */
  readonly missing: readonly string[];
  /** Why it cannot load. */
  readonly problem?: string;
  readonly warnings: readonly string[];
}

/** Compiles a worker as the runtime does, and links it to what the runtime has. Runs nothing of it. */
export async function checkCompiled({
  worker,
  file,
  memory,
  code,
  maySend,
}: AppModule): Promise<CheckedModule> {
  let module: WebAssembly.Module;
  try {
    module = await compileModule(file, { name: worker, memory, size: code });
  } catch (error) {
    return { worker, imports: [], missing: [], problem: reasonOf(error), warnings: [] };
  }
  const wanted = WebAssembly.Module.imports(module);
  const imports = wanted.map(nameOf);
  const missing = wanted.filter((entry) => !isThere(entry)).map(nameOf);
  const sends = imports.includes(`${HTTP_MODULE}.${SEND_HTTP_REQUEST}`);
  const warnings =
    sends && !maySend
      ? [`"${worker}" sends requests, and may reach no host: list them in "features.http_requests"`]
      : [];
  const problem = problemOf(module, worker, missing);
  return { worker, imports, missing, warnings, ...(problem === undefined ? {} : { problem }) };
}

function problemOf(
  module: WebAssembly.Module,
  worker: string,
  missing: readonly string[],
): string | undefined {
  try {
    const kind = checkModule(module, worker, WORKER_IMPORTS);
    if (moduleEntry(module, kind).handler !== undefined) return undefined;
    return `Cannot run "${worker}": it exports none of "_start", "_initialize" and "wws_handle"`;
  } catch (error) {
    // The runtime stops at the first; whoever mends a module wants to know of all.
    const others = missing.slice(1);
    return reasonOf(error) + (others.length === 0 ? '' : `; nor are ${others.join(', ')}`);
  }
}

function isThere({ module, name, kind }: WebAssembly.ModuleImportDescriptor): boolean {
  if (kind !== 'function') return false;
  return (module === WASI_MODULE && isPreview1Function(name)) || WORKER_IMPORTS.has(`${module}.${name}`);
}

function nameOf({ module, name }: WebAssembly.ModuleImportDescriptor): string {
  return `${module}.${name}`;
}
