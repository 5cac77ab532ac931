import { Command, CommanderError, InvalidArgumentError } from 'commander';
import manifest from '../package.json' with { type: 'json' };
import type { BuildFlags } from './commands/build.ts';
import type { CheckFlags } from './commands/check.ts';
import type { InspectFlags } from './commands/inspect.ts';
import type { RunFlags } from './commands/run.ts';
import { failureOf } from './exit-codes.ts';
import { shownLines } from './output/shown-text.ts';
import { processTerminal } from './output/terminal.ts';

const USAGE_ERROR = 2;

const BUILD_HELP = `
Examples:
  wasm-image build ./apps                      build apps:latest and print its digest
  wasm-image build ./apps -t me/apps:1 --load  build it into containerd
  wasm-image build ./apps -o apps.tar          write an archive for "docker load" and "ctr images import"
  wasm-image build ./apps --snapshot --load    with Python and Ruby ready to answer
  wasm-image build ./tool --entrypoint /tool.wasm -t tool --load
  ctr run --runtime io.containerd.wws.v1 docker.io/library/apps:latest demo

The same files give the same digest, wherever and whenever they are built; only what --snapshot adds, in layers of its
own, is another each time. ".git" and "node_modules" stay out.`;

const RUN_HELP = `
Examples:
  wasm-image run ./apps                        serve a directory
  wasm-image run apps.tar -p 3000              serve an image's archive on port 3000
  wasm-image run tool.tar -- --verbose in.txt  run a command's image with arguments`;

const INSPECT_HELP = `
Examples:
  wasm-image inspect ./apps                    what an image of a directory will be, and its digest
  wasm-image inspect apps.tar                  an archive of "build -o", "docker save" or "skopeo copy"
  wasm-image inspect ./layout                  an OCI layout directory
  wasm-image inspect apps.tar --json | jq '.routes[].path'

Nothing of the image is run. Every layer is verified on the way, and what is said of routes is what the runtime itself
makes of the files. Values of variables are never shown.`;

const CHECK_HELP = `
Examples:
  wasm-image check ./apps                      would it build, and serve?
  wasm-image check ./apps --strict             in CI: a warning fails as well
  wasm-image check ./apps --json | jq '.problems[] | "\\(.file):\\(.line) \\(.message)"'

Problems end with exit code 3: what cannot be built, configurations with errors, languages that are not installed,
compiled workers that import what there is not. Warnings do not: workers that are never reached, files that look like
secrets by their names. Code of workers is not run; folders that only a volume brings count as there.`;

const EXIT_CODES = `
Exit codes:
  0 done · 1 unexpected · 2 usage · 3 the app or image does not fit · 4 not found
  7 containerd not usable · 8 corrupt or hostile image · 130 interrupted`;

/** Runs one command line, without the program's name, and gives the exit code. Reports failures itself. */
export async function runCli(argv: readonly string[], signal: AbortSignal): Promise<number> {
  let exitCode = 0;
  const program = new Command('wasm-image')
    .description('Builds WebAssembly apps into images, without a daemon, and runs them')
    .version(manifest.version)
    .addHelpText('after', EXIT_CODES)
    .showHelpAfterError('(add --help for what there is)')
    .exitOverride();

  program
    .command('build')
    .description('make an image of an app directory')
    .argument('<dir>', 'directory whose files become the root of the image')
    .option('-t, --tag <name>', "name of the image, may be given again (default: the folder's)", append)
    .option('-o, --output <file>', 'write one tar that is an OCI layout and a docker-archive')
    .option('--load', 'put it into containerd')
    .option('--entrypoint <words>', 'what a container starts: one word, or a JSON list (default: ["."])')
    .option('--snapshot', 'keep Python and Ruby in it as they are once started: first answers come sooner')
    .option(
      '--namespace <name>',
      'containerd namespace for --load (env CONTAINERD_NAMESPACE, default: "default")',
    )
    .option('--address <socket>', "containerd's socket for --load (env CONTAINERD_ADDRESS)")
    .option('--json', 'print the result as one JSON object')
    .option('-q, --quiet', 'print the digest reference and nothing else')
    .addHelpText('after', BUILD_HELP)
    .action(async (directory: string, flags: BuildFlags & { quiet?: boolean }) => {
      const { build } = await import('./commands/build.ts');
      const terminal = processTerminal(flags.quiet ?? false);
      await build(directory, flags, { terminal, env: process.env, signal });
    });

  program
    .command('run')
    .description('run an app directory or an image here, without a container')
    .argument('<dir|image.tar>', 'app directory, or archive of an image')
    .argument('[args...]', 'arguments for the app, after --')
    .option('-p, --port <port>', 'port to serve on')
    .addHelpText('after', RUN_HELP)
    .action(async (what: string, args: readonly string[], flags: RunFlags) => {
      const { run } = await import('./commands/run.ts');
      exitCode = await run(what, args, flags, { terminal: processTerminal(false), signal });
    });

  program
    .command('inspect')
    .description('say what is in an image, or would be: layers, routes, and what each worker may do')
    .argument('<dir|image.tar|layout>', 'app directory, archive of an image, or OCI layout directory')
    .option('--json', 'print one JSON object')
    .addHelpText('after', INSPECT_HELP)
    .action(async (what: string, flags: InspectFlags) => {
      const { inspect } = await import('./commands/inspect.ts');
      await inspect(what, flags, { terminal: processTerminal(false), env: process.env, signal });
    });

  program
    .command('check')
    .description('say whether an app directory would build and serve, and what is wrong with it')
    .argument('<dir>', 'app directory')
    .option('--strict', 'fail on warnings too')
    .option('--json', 'print one JSON object')
    .addHelpText('after', CHECK_HELP)
    .action(async (directory: string, flags: CheckFlags) => {
      const { check } = await import('./commands/check.ts');
      await check(directory, flags, { terminal: processTerminal(false), env: process.env, signal });
    });

  try {
    await program.parseAsync(argv, { from: 'user' });
    return exitCode;
  } catch (error) {
    // Commander has printed what is wrong, or the help that was asked for.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : USAGE_ERROR;
    return report(error);
  }
}

function append(value: string, before: readonly string[] = []): readonly string[] {
  if (value === '') throw new InvalidArgumentError('It is empty.');
  return [...before, value];
}

function report(error: unknown): number {
  const { exitCode, message, hint } = failureOf(error);
  // It may quote what an image says.
  const lines = [`wasm-image: ${message}`, ...(hint === undefined ? [] : [`hint: ${hint}`])];
  process.stderr.write(lines.map((line) => `${shownLines(line)}\n`).join(''));
  return exitCode;
}
