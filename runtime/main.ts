import path from 'node:path';
import { type Command, readArgs } from './cli-args.ts';
import { UsageError } from './cli-parse.ts';

/** `wws`: the runtime by hand. */

async function main(args: readonly string[]): Promise<number> {
  const invocation = readArgs(args);
  switch (invocation.kind) {
    case 'help':
      process.stdout.write((await import('./usage.ts')).USAGE[invocation.topic]);
      return 0;
    case 'version':
      process.stdout.write(
        `wws ${(await import('../package.json', { with: { type: 'json' } })).default.version}\n`,
      );
      return 0;
    case 'serve':
      return await (await import('./serve-project.ts')).serveProject(invocation);
    case 'command':
      return await runFile(invocation);
    case 'runtimes':
      return await (await import('./runtimes/run-runtimes.ts')).runRuntimes(invocation);
    case 'doctor':
      return await (await import('./doctor/run-doctor.ts')).runDoctor(invocation);
  }
}

async function runFile({ file, args, directories, env }: Command): Promise<number> {
  const { realpath } = await import('node:fs/promises');
  const { runCommand } = await import('./command/run.ts');
  const preopens = await Promise.all(
    directories.map(async ({ host, guest }) => ({
      guestPath: guest,
      // Links are the caller's own here; inside, none leads out.
      hostPath: await realpath(host).catch(() => path.resolve(host)),
      writable: true,
    })),
  );
  return await runCommand({ file: path.resolve(file), name: file, args, env, preopens });
}

main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error: unknown) => {
    const message = error instanceof Error ? error.message : String(error);
    const isUsage = error instanceof UsageError;
    process.stderr.write(`${message}\n${isUsage ? 'See wws --help\n' : ''}`);
    process.exit(isUsage ? 2 : 1);
  },
);
