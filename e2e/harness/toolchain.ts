import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { cacheDirectory } from '#runtime/languages/testdata/cache-directory.ts';
import { attempt, run } from './command.ts';
import { Machine } from './machine.ts';
import { compilerTree } from './trees.ts';

/** A compiler for workers, of this machine or in a tree. */
export interface Toolchain {
  /** As it calls itself: another one may make other modules. */
  readonly version: string;
  /** Runs a command of it in a folder of the checkout. */
  run(argv: readonly string[], options: RunOptions): Promise<void>;
}

export interface RunOptions {
  readonly cwd: string;
  /** Folders it may write to. */
  readonly writable: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** Compiling on a busy machine with empty caches. */
const TIMEOUT = 600_000;

/** The kit needs `go:wasmexport`. */
const OLDEST_GO = [1, 24] as const;

/** This machine's Go if it is new enough, or else Debian's. */
export async function goToolchain(): Promise<Toolchain> {
  const { code, stdout } = await attempt(['go', 'version'], { env: environment() }).catch(() => NO_COMMAND);
  const found = /^go version go(\d+)\.(\d+)/.exec(stdout);
  const [major = 0, minor = 0] = found?.slice(1).map(Number) ?? [];
  if (code === 0 && (major > OLDEST_GO[0] || (major === OLDEST_GO[0] && minor >= OLDEST_GO[1]))) {
    return {
      version: stdout.trim(),
      run: async (argv, { cwd, env }) => {
        await run(argv, { cwd, env: { ...environment(), ...env }, timeoutMs: TIMEOUT });
      },
    };
  }
  return await inTree('go', ['golang-go', 'ca-certificates'], ['go', 'version'], 'GOCACHE');
}

/** Debian's Rust: few machines have its standard library for WASI. */
export async function rustToolchain(): Promise<Toolchain> {
  const packages = ['rustc', 'cargo', 'libstd-rust-dev-wasm32', 'lld', 'libc6-dev', 'ca-certificates'];
  return await inTree('rust', packages, ['rustc', '--version'], 'CARGO_HOME');
}

const NO_COMMAND = { code: -1, stdout: '' };

/** `home` is the variable that says where the toolchain keeps what it fetches and makes. */
async function inTree(
  language: string,
  packages: readonly string[],
  version: readonly string[],
  home: 'GOCACHE' | 'CARGO_HOME',
): Promise<Toolchain> {
  // A machine's own settings for the registry of crates are there, if anywhere.
  const own = process.env[home] ?? path.join(os.homedir(), '.cargo');
  const kept = home === 'CARGO_HOME' && existsSync(own) ? own : path.join(cacheDirectory(), language);
  await mkdir(kept, { recursive: true });
  const tree = await compilerTree(language, packages, [kept]);
  const env = { ...settings(), [home]: kept };
  await using machine = await Machine.start({ tree, network: 'host' });
  return {
    version: (await machine.run(version, { env })).trim(),
    run: async (argv, options) => {
      const binds = [...tree.binds, ...options.writable];
      await using builder = await Machine.start({ tree: { ...tree, binds }, network: 'host' });
      await builder.run(argv, { cwd: options.cwd, env: { ...env, ...options.env }, timeoutMs: TIMEOUT });
    },
  };
}

function environment(): Record<string, string> {
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(process.env)) if (value !== undefined) env[name] = value;
  return { ...env, GOTOOLCHAIN: 'local' };
}

/** Of this machine's environment, what says how the network is reached. */
function settings(): Record<string, string> {
  const wanted = /^(CARGO_(HTTP|NET|REGISTR|SOURCE)|GOPROXY|SSL_CERT|CURL_CA|https?_proxy|no_proxy)/i;
  return Object.fromEntries(Object.entries(environment()).filter(([name]) => wanted.test(name)));
}
