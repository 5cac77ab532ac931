import { once } from 'node:events';
import { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { ControlChannel } from './control.ts';
import { socketPair } from './sys.ts';

const BOOT = {
  type: 'boot',
  entrypoint: { kind: 'project', path: '.' },
  args: ['.'],
  env: [],
  cwd: '/',
  mounts: [],
} as const;

/** A channel and the runtime's end of it. */
function connect(): { readonly control: ControlChannel; readonly runtime: Socket } {
  const [ours, theirs] = socketPair();
  return { control: new ControlChannel(ours), runtime: new Socket({ fd: theirs }).setEncoding('utf8') };
}

async function receive(runtime: Socket): Promise<unknown> {
  const [text] = await once(runtime, 'data');
  return JSON.parse(String(text));
}

describe('ControlChannel', () => {
  it('boots at once and starts when the runtime is ready', async () => {
    const { control, runtime } = connect();
    control.boot(BOOT);
    expect(await receive(runtime)).toEqual(BOOT);
    const started = control.start();
    runtime.write('{"type":"re');
    runtime.write('ady"}\n');
    expect(await receive(runtime)).toEqual({ type: 'start' });
    runtime.write('{"type":"started"}\n');
    await started;
    control.close();
    runtime.destroy();
  });

  it('fails with the reason of the runtime, given before or after the start', async () => {
    for (const early of [true, false]) {
      const { control, runtime } = connect();
      const failed = '{"type":"failed","message":"Cannot compile \\"a.wasm\\": byte 7"}\n';
      runtime.write(early ? failed : `{"type":"ready"}\n${failed}`);
      await expect(control.start()).rejects.toThrow('Cannot compile "a.wasm": byte 7');
      control.close();
      runtime.destroy();
    }
  });

  it('takes the end of the runtime for an answer', async () => {
    const { control, runtime } = connect();
    runtime.destroy();
    await control.start();
    control.boot(BOOT);
  });

  it.each(['nonsense\n', '{"type":"dance"}\n', '[]\n', 'x'.repeat(70_000)])(
    'hangs up on %.20s',
    async (text) => {
      const { control, runtime } = connect();
      runtime.on('error', () => undefined).write(text);
      await expect(control.start()).rejects.toThrow('Cannot understand the runtime');
      runtime.destroy();
    },
  );
});
