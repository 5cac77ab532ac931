import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { EventStream } from './harness/event-stream.ts';
import { IMAGES } from './harness/fixtures.ts';
import { get } from './harness/http.ts';
import { shimServerPid } from './harness/shim.ts';
import { CONTAINERDS, stageContainerd } from './harness/stages.ts';

const HOME = 'http://localhost:3000/';

describe.each(CONTAINERDS)('when something is killed under containerd of %s', (release) => {
  const stage = stageContainerd(release);

  async function startHello(flags: readonly string[] = []): Promise<void> {
    await stage.daemon.ctr.start({ image: IMAGES.hello, id: 'hello', flags: ['--net-host', ...flags] });
  }

  async function answers(): Promise<void> {
    expect(await get(stage.machine.networkNamespace(), HOME)).toBe('javascript visits=1');
  }

  /**
   * The fifos are ctr's own. It removes them in `ctr task rm`, which a task that is lost never sees: under runc
   * they stay in the same way, in every release. Here they are in a folder of the test's, removed with it.
   */
  async function losesTask(journey: (fifos: readonly string[]) => Promise<void>): Promise<void> {
    await stage.leavesNothing(async () => {
      const folder = path.join(stage.machine.directory, 'fifos');
      await mkdir(folder);
      await journey(['--fifo-dir', folder]);
      await rm(folder, { recursive: true });
    });
  }

  it('reports the exit of a container whose shim server was killed, and cleans up after it', async () => {
    const { ctr } = stage.daemon;
    await losesTask(async (fifos) => {
      await startHello(fifos);
      await using events = await EventStream.open(stage.daemon);
      await stage.machine.run(['kill', '-KILL', String(await shimServerPid(stage.daemon))]);
      expect(await events.next('/tasks/exit', 'hello')).toMatchObject({ exit_status: 137 });
      await ctr.gone('hello');
      await ctr.run(['container', 'rm', 'hello']);
    });
  });

  it('reports exit code 137 for a runtime that was killed', async () => {
    const { ctr } = stage.daemon;
    await stage.leavesNothing(async () => {
      await startHello();
      await using events = await EventStream.open(stage.daemon);
      await stage.machine.run(['kill', '-KILL', String(await ctr.pid('hello'))]);
      expect(await events.next('/tasks/exit', 'hello')).toMatchObject({ exit_status: 137 });
      await ctr.stopped('hello');
      expect(await ctr.remove('hello')).toBe(137);
    });
  });

  it.each(['SIGTERM', 'SIGKILL'] as const)(
    'keeps answering while containerd is ended by %s, and is listed again',
    async (signal) => {
      const { ctr } = stage.daemon;
      await stage.leavesNothing(async () => {
        await startHello();
        const pid = await ctr.pid('hello');
        await stage.daemon.stop(signal);
        await answers();
        await stage.daemon.restart();
        expect(await ctr.tasks()).toEqual([{ id: 'hello', pid, status: 'RUNNING' }]);
        await answers();
        await ctr.kill('hello', 'SIGTERM');
        await ctr.stopped('hello');
        expect(await ctr.remove('hello')).toBe(0);
      });
    },
  );

  it('remembers the exit code of a container that ended while containerd was away', async () => {
    const { ctr } = stage.daemon;
    await stage.leavesNothing(async () => {
      await startHello();
      const pid = await ctr.pid('hello');
      await stage.daemon.stop();
      await stage.machine.run(['kill', '-KILL', String(pid)]);
      await stage.daemon.restart();
      await ctr.stopped('hello');
      expect(await ctr.remove('hello')).toBe(137);
    });
  });

  it('cleans up after a container whose shim server was killed while containerd was away', async () => {
    const { ctr } = stage.daemon;
    await losesTask(async (fifos) => {
      await startHello(fifos);
      await stage.daemon.stop();
      await stage.machine.run(['kill', '-KILL', String(await shimServerPid(stage.daemon))]);
      await stage.daemon.restart();
      await ctr.gone('hello');
      await ctr.run(['container', 'rm', 'hello']);
    });
  });
});
