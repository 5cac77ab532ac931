import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { Duplex } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bootContainer } from './container-app.ts';
import type { BootMessage } from './contract.ts';
import type { Log } from './server/log.ts';

let app: string;
let child: ChildProcess | undefined;

beforeEach(async () => {
  app = await mkdtemp(path.join(tmpdir(), 'wws-container-'));
});

afterEach(async () => {
  child?.kill('SIGKILL');
  child = undefined;
  await rm(app, { recursive: true });
});

function boot(changes: Partial<BootMessage> = {}): BootMessage {
  return {
    type: 'boot',
    entrypoint: { kind: 'project', path: '.' },
    args: ['.'],
    env: [],
    cwd: '/',
    mounts: [],
    ...changes,
  };
}

const lines: string[] = [];
const log: Log = {
  format: 'text',
  dropped: 0,
  line: (line) => void lines.push(line),
  record: (line) => void lines.push(line),
  said: () => {},
};

describe('bootContainer()', () => {
  it('serves the directory of a worker that is named as entrypoint', async () => {
    await writeFile(path.join(app, 'hello.js'), '');
    const running = await bootContainer(
      boot({ entrypoint: { kind: 'project', path: 'hello.js' }, args: ['/hello.js', '--port', '0'] }),
      { log, appRoot: app },
    );
    await running.start();
    expect(await running.signal(15)).toBe(0);
  });

  it('says which project is missing', async () => {
    const entrypoint = { kind: 'project', path: 'gone' } as const;
    await expect(bootContainer(boot({ entrypoint }), { log, appRoot: app })).rejects.toThrow(
      /^Cannot open project "gone": ENOENT/,
    );
  });

  it('opens a panel where an annotation says so, and says where, once', async () => {
    const running = await bootContainer(
      boot({ args: ['.', '--port', '0'], operator: { panel: '127.0.0.1:0' } }),
      { log, appRoot: app },
    );
    expect(lines.filter((line) => line.includes('Panel'))).toEqual([]);
    await running.start();
    const [said = '', ...more] = lines.filter((line) => line.startsWith('Panel: '));
    expect([said, more]).toEqual([expect.stringMatching(/^Panel: http:\/\/127\.0\.0\.1:\d+\/#token=/), []]);
    expect((await fetch(said.slice('Panel: '.length))).status).toBe(200);
    await running.signal(15);
    await expect(fetch(said.slice('Panel: '.length))).rejects.toThrow();
  });

  it('has no panel for anything that an image says', async () => {
    lines.length = 0;
    const env = ['WWS_PANEL=127.0.0.1:0', 'WWS_ENABLE_PANEL=true', 'WWS_PANEL_TOKEN=a-token-of-the-image'];
    const running = await bootContainer(boot({ args: ['.', '--port', '0'], env }), { log, appRoot: app });
    await running.start();
    await running.signal(15);
    expect(lines.filter((line) => /panel/i.test(line))).toEqual([]);
    const asks = boot({ args: ['.', '--enable-panel'], env });
    await expect(bootContainer(asks, { log, appRoot: app })).rejects.toThrow(/argument "--enable-panel"/);
  });

  it.each([
    ['--host'],
    ['--panel'],
    ['x'],
    ['--port'],
    ['--port=http'],
    ['--port', '65536'],
    ['--cors', ' '],
  ])('refuses the argument %s %s', async (...extra) => {
    await expect(bootContainer(boot({ args: ['.', ...extra] }), { log, appRoot: app })).rejects.toThrow(
      /^Cannot/,
    );
  });
});

/** The process itself, as a shim sees it. */
function container(): {
  control: Duplex;
  messages: AsyncIterator<string>;
  exit: Promise<unknown[]>;
  stderr: Promise<string>;
} {
  child = spawn(process.execPath, [path.join(import.meta.dirname, 'container.ts')], {
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
    env: {},
  });
  const control = child.stdio[3] as Duplex;
  const messages = createInterface({ input: control })[Symbol.asyncIterator]();
  if (child.stderr === null) throw new Error('no stderr');
  return { control, messages, exit: once(child, 'exit'), stderr: text(child.stderr) };
}

describe('container', () => {
  const missing = `${JSON.stringify(boot({ entrypoint: { kind: 'project', path: 'no/such/project' } }))}\n`;

  it('answers "failed" with the reason, says it once on stderr, and exits when it is to start', async () => {
    const { control, messages, exit, stderr } = container();
    control.write(missing);
    const { value } = await messages.next();
    expect(JSON.parse(value)).toMatchObject({
      type: 'failed',
      message: expect.stringContaining('no/such/project'),
    });
    control.write('{"type":"start"}\n');
    expect((await exit)[0]).toBe(1);
    expect((await stderr).match(/Cannot open project "no\/such\/project": ENOENT/g)).toHaveLength(1);
  });

  it('stays for signals when it has failed before the start', async () => {
    const { control, messages, exit } = container();
    control.write(missing);
    await messages.next();
    child?.kill('SIGTERM');
    expect((await exit)[0]).toBe(143);
  });

  it('exits when the shim goes before it was started', async () => {
    const { control, exit } = container();
    control.end();
    expect((await exit)[0]).toBe(1);
  });
});
