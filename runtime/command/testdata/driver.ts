/** Runs a command as a process of its own: argv[2] is a `CommandSpec` in JSON. */
import { type CommandSpec, runCommand } from '../run.ts';

const spec: CommandSpec = JSON.parse(process.argv[2] ?? '');
try {
  process.exit(await runCommand(spec));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
