/**
 * `containerd-shim-wws-v1` but for `start`, which the launcher gives to start.ts: above all `delete`, after every
 * container. Someone waits for it, so nothing is loaded here that the action does not need.
 */
import type { ShimArguments } from './args.ts';
import { encodeRuntimeInfo } from './bootstrap/info.ts';
import { USAGE } from './bootstrap/usage.ts';
import { answer, complain, FAILURE, runProgram, USAGE_ERROR } from './program.ts';
import { VERSION } from './version.ts';

async function run({ flags, action, unknown }: ShimArguments): Promise<number> {
  if (flags.help) return answer(USAGE);
  if (flags.version)
    return answer(`containerd-shim-wws-v1:\n  Version: ${VERSION}\n  Node:    ${process.version}\n`);
  if (flags.info) return answer(encodeRuntimeInfo());
  switch (action) {
    case 'delete': {
      const { deleteContainer } = await import('./bootstrap/delete.ts');
      const { response, warnings } = await deleteContainer(flags);
      for (const warning of warnings) complain(warning, FAILURE);
      return answer(response);
    }
    case undefined:
      return complain(`${withoutAction(unknown)}, see --help`, USAGE_ERROR);
    default:
      return complain(`Unknown action "${action}": expected start or delete, see --help`, USAGE_ERROR);
  }
}

/** A newer daemon's flags come with an action; without one it was a person who mistyped. */
function withoutAction(unknown: readonly string[]): string {
  if (unknown.length === 0) return 'Nothing to do: expected start, delete, -info or -v';
  return `Unknown flag ${unknown.map((flag) => `"${flag}"`).join(', ')} and no action: expected start or delete`;
}

runProgram(run);
