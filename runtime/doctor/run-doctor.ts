import { isatty } from 'node:tty';
import { styleText } from 'node:util';
import type { Check, CheckGroup } from './check.ts';

/** `wws doctor`: says what this host can do. Resolves with 1 when something is missing that all need. */
export async function runDoctor({ json }: { readonly json: boolean }): Promise<number> {
  const groups = await examine();
  const checks = groups.flatMap((group) => group.checks);
  const isHealthy = checks.every((check) => check.status !== 'fail');
  if (json) process.stdout.write(`${JSON.stringify({ ok: isHealthy, groups })}\n`);
  else process.stdout.write(`${groups.map(groupText).join('\n')}\n${summary(checks)}\n`);
  return isHealthy ? 0 : 1;
}

async function examine(): Promise<readonly CheckGroup[]> {
  const [kernel, wasm, engines] = await Promise.all([
    import('./kernel-checks.ts'),
    import('./wasm-checks.ts'),
    import('./engine-checks.ts'),
  ]);
  return [
    { title: 'This machine', checks: await kernel.kernelChecks() },
    { title: 'WebAssembly', checks: wasm.wasmChecks() },
    { title: 'Containers and tools', checks: await engines.engineChecks() },
  ];
}

const MARKS: Readonly<Record<Check['status'], readonly [text: string, colour: 'green' | 'yellow' | 'red']>> =
  {
    ok: ['ok  ', 'green'],
    warn: ['warn', 'yellow'],
    fail: ['FAIL', 'red'],
  };

function groupText({ title, checks }: CheckGroup): string {
  const width = Math.max(...checks.map((check) => check.name.length));
  const lines = checks.flatMap(({ name, status, found, advice }) => {
    const [text, colour] = MARKS[status];
    const line = `  ${paint(colour, text)}  ${name.padEnd(width)}  ${found}`;
    return advice === undefined ? [line] : [line, `${' '.repeat(width + 10)}-> ${advice}`];
  });
  return `${title}\n${lines.map((line) => `${line}\n`).join('')}`;
}

function summary(checks: readonly Check[]): string {
  const count = (status: Check['status']): number => checks.filter((check) => check.status === status).length;
  if (count('fail') > 0) return `${count('fail')} of ${checks.length} checks failed: wws will not work here`;
  const warnings = count('warn');
  if (warnings === 0) return 'All is well';
  return `wws works here; ${warnings === 1 ? 'one thing is' : `${warnings} things are`} for you to judge`;
}

function paint(colour: 'green' | 'yellow' | 'red', text: string): string {
  const isPlain = !isatty(1) || (process.env['NO_COLOR'] ?? '') !== '';
  return isPlain ? text : styleText(colour, text, { validateStream: false });
}
