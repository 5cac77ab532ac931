import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, it } from 'vitest';
import { attempt } from './harness/command.ts';
import { freePort } from './harness/free-port.ts';
import { buildExample } from './harness/kit-workers.ts';
import { CHECKOUT } from './harness/machine.ts';
import { shownCommands } from './harness/readme.ts';

const EXAMPLES = path.join(CHECKOUT, 'examples');
/** Where a README says that its example is served. */
const PLACE = /\blocalhost:8080\b/g;
/** The command that serves it, perhaps with variables in front and flags behind. */
const START = /(^| )wws \.( |$)/;
const environment = { ...process.env, PATH: `${CHECKOUT}/bin:${process.env['PATH']}` } as Record<
  string,
  string
>;

const names: string[] = [];
for (const { name, parentPath } of await readdir(EXAMPLES, { recursive: true, withFileTypes: true })) {
  if (name === 'README.md' && !parentPath.includes('node_modules'))
    names.push(path.relative(EXAMPLES, parentPath));
}

describe.each(names)('the example %s', (name) => {
  it('does what its README shows', async () => {
    const parent = await mkdtemp(path.join(tmpdir(), 'wws-example-'));
    const directory = path.join(parent, 'example');
    await cp(path.join(EXAMPLES, name), directory, { recursive: true });
    await buildExample(name, directory);
    const port = await freePort();
    const commands = shownCommands(await readFile(path.join(directory, 'README.md'), 'utf8'));
    const starts = commands.map(({ command }) => command).filter((command) => START.test(command));
    expect(starts).toHaveLength(1);
    const [start = ''] = starts;
    const begin = start.replace('wws .', `exec wws . -p ${port}`).replaceAll(PLACE, `localhost:${port}`);
    const server = spawn('bash', ['-c', begin], {
      cwd: directory,
      env: environment,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = once(server, 'exit');
    try {
      await Promise.race([once(createInterface(server.stdout), 'line'), ended]);
      for (const { command, output } of commands) {
        if (START.test(command)) continue;
        const here = command.replaceAll(PLACE, `localhost:${port}`);
        const { stdout, stderr } = await attempt(['bash', '-c', here], { cwd: directory, env: environment });
        expect(stdout.replace(/([^\n])$/, '$1\n'), `${command}\n${stderr}`).toBe(output);
      }
    } finally {
      server.kill('SIGTERM');
      await ended;
      await rm(parent, { recursive: true });
    }
  });

  it('has types that are right, where it has any', async () => {
    const directory = path.join(EXAMPLES, name);
    if (!(await readdir(directory)).includes('tsconfig.json')) return;
    const parent = await mkdtemp(path.join(tmpdir(), 'wws-example-'));
    try {
      await cp(directory, path.join(parent, 'example'), { recursive: true });
      await cp(path.join(CHECKOUT, 'types'), path.join(parent, 'node_modules/wws/types'), {
        recursive: true,
      });
      await cp(path.join(CHECKOUT, 'package.json'), path.join(parent, 'node_modules/wws/package.json'));
      const tsc = path.join(CHECKOUT, 'node_modules/typescript/bin/tsc');
      const checked = await attempt([process.execPath, tsc, '-p', path.join(parent, 'example')]);
      expect(checked).toMatchObject({ code: 0, stdout: '' });
    } finally {
      await rm(parent, { recursive: true });
    }
  });
});
