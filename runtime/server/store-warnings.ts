import path from 'node:path';
import type { GuestSpec } from '#runtime/worker/guest.ts';

/** What an operator should know of how workers use the store, one line each. `file` is where it lies, if in one. */
export function storeWarnings(specs: readonly GuestSpec[], file: string | undefined): readonly string[] {
  const warnings: string[] = [];
  const serial = new Map<string, string>();
  for (const { kv, name } of specs) if (kv?.consistency === 'serial') serial.set(kv.namespace, name);
  for (const { kv, name, folders } of specs) {
    const other = kv === undefined ? undefined : serial.get(kv.namespace);
    if (kv?.consistency === 'snapshot' && other !== undefined) {
      warnings.push(
        `In worker "${name}": writes to K/V namespace "${kv.namespace}" without a turn, so that writes of "${other}" may be lost`,
      );
    }
    const folder = file === undefined ? undefined : folders.find(({ hostPath }) => isWithin(file, hostPath));
    if (folder !== undefined) {
      warnings.push(
        `In worker "${name}": its folder "${folder.guestPath}" holds the K/V store of all workers`,
      );
    }
  }
  return warnings;
}

function isWithin(file: string, directory: string): boolean {
  const relative = path.relative(directory, file);
  return relative !== '..' && !relative.startsWith('../');
}
