import { once } from 'node:events';
import { mkdir, mkdtemp, open, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { codec } from '#proto/codec.ts';
import { attempt, type Outcome } from './harness/command.ts';
import { IMAGES } from './harness/fixtures.ts';
import { get } from './harness/http.ts';
import { CHECKOUT } from './harness/machine.ts';
import { dialShim, shimServerPid, shimSocket } from './harness/shim.ts';
import { stageContainerd } from './harness/stages.ts';

const TASK = 'containerd.task.v2.Task';
const SHIM = path.join(CHECKOUT, 'bin/containerd-shim-wws-v1');

describe('bad input to a shim that serves a container', () => {
  const stage = stageContainerd('host');

  /** The container answers from the same shim before and after. */
  async function survives(attack: () => Promise<void>): Promise<void> {
    const { ctr } = stage.daemon;
    await stage.leavesNothing(async () => {
      await ctr.start({ image: IMAGES.hello, id: 'hello', flags: ['--net-host'] });
      const shim = await shimServerPid(stage.daemon);
      await attack();
      expect(await get(stage.machine.networkNamespace(), 'http://localhost:3000/')).toBe(
        'javascript visits=1',
      );
      expect(await shimServerPid(stage.daemon)).toBe(shim);
      await ctr.kill('hello', 'SIGTERM');
      await ctr.stopped('hello');
      expect(await ctr.remove('hello')).toBe(0);
    });
  }

  it.each([
    ['text', Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')],
    ['zeros', Buffer.alloc(4096)],
    ['half a header', Buffer.from([0, 0, 0])],
    ['a request that is no message', frame(1, Buffer.from([0xff, 0xff, 0xff, 0xff]))],
    ['an even stream id', frame(2, Buffer.alloc(0))],
  ])('outlives a client that sends %s', async (_what, bytes) => {
    await survives(async () => {
      const socket = connect(await shimSocket(stage.daemon, 'hello'));
      await once(socket, 'connect');
      const answer = buffer(socket);
      socket.end(bytes);
      await answer;
    });
  });

  it('answers an oversized frame with an error and goes on with the connection', async () => {
    await survives(async () => {
      const socket = connect(await shimSocket(stage.daemon, 'hello'));
      await once(socket, 'connect');
      const answer = buffer(socket);
      socket.end(Buffer.concat([frame(1, Buffer.alloc((4 << 20) + 1)), frame(3, Buffer.alloc(0))]));
      const received = await answer;
      // Two responses, in whatever order: a frame begins with length (4), stream id (4), type (1), flags (1).
      const streams: number[] = [];
      for (let at = 0; at < received.length; at += 10 + received.readUInt32BE(at)) {
        streams.push(received.readUInt32BE(at + 4));
      }
      expect(streams.sort()).toEqual([1, 3]);
    });
  });

  it('says of a request for an unknown container that it is not there', async () => {
    await survives(async () => {
      using client = await dialShim(stage.daemon, 'hello');
      for (const method of ['State', 'Start', 'Kill', 'Delete', 'Pids', 'Stats'] as const) {
        const payload = codec(`containerd.task.v2.${method}Request`).encode({ id: 'nobody' });
        await expect(client.call(TASK, method, payload), method).rejects.toMatchObject({ code: 'not-found' });
      }
    });
  });

  it('says of an unknown method that it is not implemented', async () => {
    await survives(async () => {
      using client = await dialShim(stage.daemon, 'hello');
      const call = client.call(TASK, 'Levitate', new Uint8Array());
      await expect(call).rejects.toMatchObject({ code: 'unimplemented' });
    });
  });
});

describe('bad input on the command line of the shim', () => {
  const stage = stageContainerd('host');
  const flags = ['-namespace', 'e2e', '-address', '/nowhere.sock', '-publish-binary', 'ctr', '-id', 'x'];

  /** Runs `start` in a bundle whose config.json is what `write` makes of it. */
  async function start(write: (file: string) => Promise<void>, args = [...flags, 'start']): Promise<Outcome> {
    const bundle = await mkdtemp(path.join(stage.machine.directory, 'bundle-'));
    await write(path.join(bundle, 'config.json'));
    return stage.machine.attempt([SHIM, ...args], { cwd: bundle });
  }

  /** containerd shows both streams to the user as the error: one clean line is wanted there. */
  function expectOneLine({ code, stdout, stderr }: Outcome, says: RegExp): void {
    expect(code).not.toBe(0);
    expect(stdout).toBe('');
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(stderr).toMatch(says);
  }

  it('refuses a config.json of 50 MB and names the file', async () => {
    const outcome = await start(async (file) => {
      const handle = await open(file, 'w');
      await handle.truncate(50_000_000);
      await handle.close();
    });
    expectOneLine(outcome, /config\.json.*50000000/);
  });

  it('refuses a config.json that is not JSON and says where', async () => {
    const outcome = await start(async (file) => writeFile(file, '{\n  "ociVersion": oops\n}\n'));
    expectOneLine(outcome, /config\.json.*2/);
  });

  it('refuses a config.json that is no file', async () => {
    const outcome = await start(async (file) => {
      await mkdir(file);
    });
    expectOneLine(outcome, /config\.json.*no regular file/);
  });

  it('refuses an unknown action', async () => {
    const outcome = await start(async (file) => writeFile(file, '{}'), [...flags, 'dance']);
    expectOneLine(outcome, /dance/);
  });

  it('refuses to start without an id', async () => {
    const outcome = await start(async (file) => writeFile(file, '{}'), ['-namespace', 'e2e', 'start']);
    expectOneLine(outcome, /-id/);
  });
});

describe('bad input to wasm-image', () => {
  const stage = stageContainerd('host');

  it.each([
    { title: 'an unknown flag', args: ['--frobnicate'], says: /--frobnicate/ },
    { title: 'a second folder', args: ['/no/such/folder'], says: /argument/ },
    { title: 'a missing socket', args: ['--load', '--address', '/no/such.sock'], says: /\/no\/such\.sock/ },
    { title: 'an unusable name', args: ['-t', 'Not A Name'], says: /Not A Name/ },
  ])('refuses $title and names it', async ({ args, says }) => {
    const build = [path.join(CHECKOUT, 'bin/wasm-image'), 'build', stage.fixtures.hello];
    const { code, stdout, stderr } = await attempt([...build, ...args]);
    expect(code).not.toBe(0);
    expect(stdout).toBe('');
    expect(stderr).toMatch(says);
    expect(stderr).not.toMatch(/\n\s+at /);
  });
});

/** A ttrpc request frame: length, stream id, type 1, no flags. */
function frame(streamId: number, data: Buffer): Buffer {
  const header = Buffer.alloc(10);
  header.writeUInt32BE(data.length, 0);
  header.writeUInt32BE(streamId, 4);
  header.writeUInt8(1, 8);
  return Buffer.concat([header, data]);
}
