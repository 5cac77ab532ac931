import { WASI_MODULE } from './host.ts';
import { ModuleError } from './module-error.ts';
import { isPreview1Function } from './preview1-names.ts';

/** How a module wants to be run. `library` has no entry: running it does nothing. */
export type ModuleKind = 'command' | 'reactor' | 'library';

/**
 * Finds how a module is run, and checks that everything it imports exists. `others` holds what is provided
 * beside WASI, as `module.name`.
 *
 * @throws ModuleError naming the first missing import, or what the module lacks
 */
export function checkModule(
  module: WebAssembly.Module,
  name: string,
  others: ReadonlySet<string>,
): ModuleKind {
  const exported = new Map(WebAssembly.Module.exports(module).map((entry) => [entry.name, entry.kind]));
  let usesMemory = false;
  for (const entry of WebAssembly.Module.imports(module)) {
    const wasi = entry.module === WASI_MODULE && isPreview1Function(entry.name);
    if (entry.kind !== 'function' || !(wasi || others.has(`${entry.module}.${entry.name}`))) {
      throw new ModuleError('link', missingImport(name, entry));
    }
    usesMemory = true;
  }
  if (usesMemory && exported.get('memory') !== 'memory') {
    throw new ModuleError('link', `Cannot link "${name}": it exports no memory named "memory"`);
  }
  const command = exported.get('_start') === 'function';
  const reactor = exported.get('_initialize') === 'function';
  if (command && reactor) {
    throw new ModuleError('link', `Cannot link "${name}": it exports both "_start" and "_initialize"`);
  }
  if (command) return 'command';
  return reactor ? 'reactor' : 'library';
}

function missingImport(name: string, entry: WebAssembly.ModuleImportDescriptor): string {
  const what = `it imports the ${entry.kind} "${entry.module}.${entry.name}"`;
  return `Cannot link "${name}": ${what}${hint(entry.module)}`;
}

function hint(module: string): string {
  switch (module) {
    case 'wasi_unstable':
      return `, of a WASI before ${WASI_MODULE}: build it with a newer compiler`;
    case 'wasi_ephemeral_nn':
      return ', of wasi-nn, which is not supported';
    default:
      return ', which is not provided';
  }
}
