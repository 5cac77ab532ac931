import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { run } from './harness/command.ts';
import { doctorCheck } from './harness/doctor.ts';
import { IMAGES } from './harness/fixtures.ts';
import { get, request } from './harness/http.ts';
import { CHECKOUT } from './harness/machine.ts';
import { Network } from './harness/network.ts';
import { CONTAINERDS, stageContainerd } from './harness/stages.ts';

const BASE = 'http://localhost:3000';

describe.each(CONTAINERDS)('containerd of %s', (release) => {
  const stage = stageContainerd(release);

  /** Every kind of answer a project gives, and that no request sees what another left. */
  async function expectAnswers(networkNamespace: string): Promise<void> {
    for (let round = 0; round < 3; round++) {
      expect(await get(networkNamespace, `${BASE}/`)).toBe('javascript visits=1');
      expect(await get(networkNamespace, `${BASE}/count`)).toBe('wasm visits=1');
    }
    const user = await get(networkNamespace, `${BASE}/users/7`);
    expect(JSON.parse(user)).toEqual({ id: '7', greeting: 'Welcome' });
    expect(await get(networkNamespace, `${BASE}/about.html`)).toContain('<title>About</title>');
    expect(await get(networkNamespace, `${BASE}/note`)).toBe('the note in the image');
    expect((await request(networkNamespace, { url: `${BASE}/missing` })).status).toBe(404);
  }

  it('serves a project on the host network, ends it by SIGTERM with exit code 0, and keeps nothing', async () => {
    const { ctr } = stage.daemon;
    await stage.leavesNothing(async () => {
      await ctr.start({ image: IMAGES.hello, id: 'hello', flags: ['--net-host'] });
      await expectAnswers(stage.machine.networkNamespace());
      await ctr.kill('hello', 'SIGTERM');
      await ctr.stopped('hello');
      expect(await ctr.remove('hello')).toBe(0);
    });
  });

  it('serves a project in a network namespace it is given', async () => {
    const { ctr } = stage.daemon;
    await stage.leavesNothing(async () => {
      await using network = await Network.make(stage.machine, 'given');
      await ctr.start({ image: IMAGES.hello, id: 'hello', flags: ['--with-ns', `network:${network.path}`] });
      await expectAnswers(network.outside);
      await ctr.kill('hello', 'SIGTERM');
      await ctr.stopped('hello');
      expect(await ctr.remove('hello')).toBe(0);
    });
  });

  it('serves a project in a network namespace of its own, with the loopback interface up', async () => {
    const { ctr } = stage.daemon;
    await stage.leavesNothing(async () => {
      await ctr.start({ image: IMAGES.hello, id: 'hello' });
      const own = stage.machine.networkNamespace(await ctr.pid('hello'));
      expect(await get(own, `${BASE}/`)).toBe('javascript visits=1');
      await expect(get(stage.machine.networkNamespace(), `${BASE}/`)).rejects.toThrow(/ECONNREFUSED/);
      await ctr.kill('hello', 'SIGTERM');
      await ctr.stopped('hello');
      expect(await ctr.remove('hello')).toBe(0);
    });
  });

  it('ends a command without a handler by SIGTERM with exit code 143', async () => {
    const { ctr } = stage.daemon;
    await stage.leavesNothing(async () => {
      await ctr.start({ image: IMAGES.command, id: 'waiting', args: ['/command.wasm', 'wait'] });
      await ctr.kill('waiting', 'SIGTERM');
      await ctr.stopped('waiting');
      expect(await ctr.remove('waiting')).toBe(143);
    });
  });

  it('kills a project by SIGKILL with exit code 137', async () => {
    const { ctr } = stage.daemon;
    await stage.leavesNothing(async () => {
      await ctr.start({ image: IMAGES.hello, id: 'hello' });
      await ctr.kill('hello', 'SIGKILL');
      await ctr.stopped('hello');
      expect(await ctr.remove('hello')).toBe(137);
    });
  });

  it('runs two projects at once, each for itself', async () => {
    const { ctr } = stage.daemon;
    await stage.leavesNothing(async () => {
      await ctr.start({ image: IMAGES.hello, id: 'one' });
      await ctr.start({ image: IMAGES.hello, id: 'two' });
      await ctr.kill('one', 'SIGTERM');
      await ctr.stopped('one');
      expect(await ctr.remove('one')).toBe(0);
      const other = stage.machine.networkNamespace(await ctr.pid('two'));
      expect(await get(other, `${BASE}/count`)).toBe('wasm visits=1');
      await ctr.kill('two', 'SIGTERM');
      await ctr.stopped('two');
      expect(await ctr.remove('two')).toBe(0);
    });
  });

  it('is found and asked by "wws doctor", also when it is away', async () => {
    const { ctr, socket } = stage.daemon;
    const place = '/run/containerd/containerd.sock';
    await stage.machine.run(['mkdir', '-p', path.dirname(place)]);
    await stage.machine.run(['ln', '-s', socket, place]);
    const version = /Server:\s+Version:\s+(\S+)/.exec(await ctr.run(['version']))?.[1];
    expect(await doctorCheck(stage.machine, 'containerd')).toEqual({
      ...{ name: 'containerd', status: 'ok', found: `${version} at ${place}` },
    });
    await stage.daemon.stop('SIGKILL');
    expect(await doctorCheck(stage.machine, 'containerd')).toMatchObject({
      status: 'warn',
      found: `${place}: nobody listens`,
    });
    await stage.daemon.restart();
    await stage.machine.run(['rm', place]);
  });

  it('restores a worker with much memory page by page, also in the jail', async () => {
    const { ctr } = stage.daemon;
    const image = 'docker.io/wws-e2e/large:latest';
    await ctr.importImage(
      await stage.machine.lend(await stage.fixtures.archive(await stage.fixtures.large(), image)),
    );
    await ctr.start({ image, id: 'large' });
    const pid = await ctr.pid('large');
    const own = stage.machine.networkNamespace(pid);
    const first = await get(own, `${BASE}/`);
    expect(first).toMatch(/^2 1 2 \d+$/);
    // More often than it takes to learn which pages it touches.
    for (let round = 0; round < 12; round++) expect(await get(own, `${BASE}/`)).toBe(first);
    expect(await stage.machine.run(['cat', `/proc/${pid}/maps`])).toContain('memfd:wws-memory');
    expect(await stage.machine.run(['ls', '-l', `/proc/${pid}/fd`])).toContain('/pagemap');
  });

  it('reports processor, memory and process figures of a running project', async () => {
    const { ctr } = stage.daemon;
    await ctr.start({ image: IMAGES.hello, id: 'hello' });
    // Its memory is charged once it has touched some: at the latest when it has answered.
    await get(stage.machine.networkNamespace(await ctr.pid('hello')), `${BASE}/`);
    const metrics = await ctr.run(['task', 'metrics', '--format', 'json', 'hello']);
    const figures = Object.entries<unknown>(JSON.parse(metrics).cpu ?? {});
    expect(figures).not.toEqual([]);
    expect(metrics).toMatch(/"(usage|total|usage_usec)":\s*\{?[^}]*[1-9]/);
  });

  it('takes an image that "wasm-image build --load" puts into it', async () => {
    const { ctr, socket } = stage.daemon;
    const name = 'docker.io/wws-e2e/loaded:latest';
    const address = ['--address', socket, '--namespace', ctr.containerdNamespace];
    await run([
      `${CHECKOUT}/bin/wasm-image`,
      ...['build', stage.fixtures.hello, '-t', name, '--load', ...address],
    ]);
    expect(await ctr.run(['images', 'ls', '--quiet'])).toContain(name);
    await ctr.start({ image: name, id: 'loaded' });
    const own = stage.machine.networkNamespace(await ctr.pid('loaded'));
    expect(await get(own, `${BASE}/`)).toBe('javascript visits=1');
  });
});
