/** The `wasm-image` program. */
import { runCli } from './cli.ts';

const interrupted = new AbortController();

// Aborting is what removes temporary files; a verb that runs a program of its own takes the signals over.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => interrupted.abort());
}

runCli(process.argv.slice(2), interrupted.signal).then(
  (exitCode) => {
    process.exitCode = exitCode;
  },
  (error: unknown) => {
    process.exitCode = 1;
    process.stderr.write(`wasm-image: ${String(error)}\n`);
  },
);
