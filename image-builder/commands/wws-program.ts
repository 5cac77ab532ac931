import { access } from 'node:fs/promises';
import path from 'node:path';

/** A program and the arguments it always gets. */
export interface Program {
  readonly file: string;
  readonly args: readonly string[];
}

/**
 * The worker runtime that came with this program: `bin/wws` beside the bundle's `dist/`, or its sources when this runs
 * from sources. `here` is the directory of the running file.
 */
export async function wwsProgram(here: string = import.meta.dirname): Promise<Program> {
  const installed = path.join(here, '../bin/wws');
  try {
    await access(installed);
    return { file: installed, args: [] };
  } catch {
    // Not a bundle, then: Node runs the sources as they are.
    const source = path.join(here, '../../runtime/main.ts');
    return { file: process.execPath, args: ['--disable-warning=ExperimentalWarning', source] };
  }
}
