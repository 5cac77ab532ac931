import { mkdtempDisposable, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { sourceDateEpoch } from '../app/epoch.ts';
import { type Inspection, inspectApp, inspectImage } from '../app/inspection.ts';
import { ImageError, reasonOf, systemCode } from '../errors.ts';
import { shownJson } from '../output/shown-text.ts';
import type { Terminal } from '../output/terminal.ts';
import { isLayoutDirectory } from '../store/layout-directory.ts';
import { readArchive, readLayoutDirectory } from '../store/read-archive.ts';
import { inspectionText } from './inspection-text.ts';

/** The flags of `wasm-image inspect` as the command line gives them. */
export interface InspectFlags {
  readonly json?: boolean;
}

interface Context {
  readonly terminal: Terminal;
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
}

/** `wasm-image inspect`: says what is in an image, or would be in that of an app's directory. Runs nothing of it. */
export async function inspect(
  what: string,
  { json }: InspectFlags,
  { terminal, env, signal }: Context,
): Promise<void> {
  const epoch = sourceDateEpoch(env);
  const kind = await kindOf(what);
  await using work = await mkdtempDisposable(path.join(tmpdir(), 'wasm-image-'));
  const rest = { workDirectory: work.path, signal };
  terminal.progress(`read    ${what}`);
  let inspection: Inspection;
  if (kind === 'directory') inspection = await inspectApp(what, epoch, rest);
  else {
    const image = kind === 'layout' ? await readLayoutDirectory(what) : await readArchive(what, signal);
    inspection = await inspectImage(image, rest);
  }
  terminal.result(json ? shownJson(inspectionJson(inspection)) : inspectionText(what, inspection));
}

/** Where its parts lay while it was looked at is nobody's business, and gone. */
function inspectionJson({ start, routes, ...rest }: Inspection): object {
  const { kind, words } = start;
  return {
    ...rest,
    start: { kind, words, ...(start.kind === 'nothing' && { problem: start.problem }) },
    ...(routes && {
      routes: routes.served,
      shadowed: routes.shadowed,
      public: routes.hasPublic,
      warnings: routes.warnings,
    }),
  };
}

async function kindOf(what: string): Promise<'directory' | 'layout' | 'archive'> {
  try {
    const status = await stat(what);
    if (status.isDirectory()) return (await isLayoutDirectory(what)) ? 'layout' : 'directory';
    if (status.isFile()) return 'archive';
  } catch (error) {
    const why = systemCode(error) === 'ENOENT' ? 'no such file or directory' : reasonOf(error);
    throw new ImageError('not-found', `Cannot inspect "${what}": ${why}`, { cause: error });
  }
  throw new ImageError('not-found', `Cannot inspect "${what}": neither a directory nor an archive`);
}
