/**
 * `containerd-shim-wws-v1 … start`: what containerd executes once per container, and the server it becomes. A
 * program of its own, so that `delete` does not read a whole server.
 */
import { readStdin } from './bootstrap/params.ts';
import { start } from './bootstrap/start.ts';
import { answer, runProgram } from './program.ts';

runProgram(async ({ flags, unknown }) => {
  await start({ flags, bundle: process.cwd(), stdin: readStdin(), unknownFlags: unknown, answer });
  return 0;
});
