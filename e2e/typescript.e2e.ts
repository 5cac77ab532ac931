import { chmod, cp, mkdtemp, readFile, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { run } from './harness/command.ts';
import { request } from './harness/http.ts';
import { CHECKOUT } from './harness/machine.ts';
import { CONTAINERDS, stageContainerd } from './harness/stages.ts';

const NAME = 'docker.io/wws-e2e/notes:latest';

describe.each(CONTAINERDS)('the example in TypeScript, under containerd of %s', (release) => {
  const stage = stageContainerd(release);

  it('imports its modules, keeps to its volume, and gets at nothing by links', async () => {
    const { machine, daemon } = stage;
    const { ctr, socket } = daemon;
    const directory = await mkdtemp(path.join(machine.directory, 'notes-'));
    const [app, volume] = [path.join(directory, 'app'), path.join(directory, 'volume')];
    await cp(path.join(CHECKOUT, 'examples/typescript'), app, { recursive: true });
    await cp(path.join(app, 'data'), volume, { recursive: true });
    await chmod(volume, 0o777);
    // What is on a volume is data: no module comes from there, and no link leads out.
    await writeFile(path.join(volume, 'planted.js'), 'export default () => new Response("planted");');
    await writeFile(path.join(app, 'planted.js'), `export { default } from './data/planted.js';`);
    await symlink('/proc/self/environ', path.join(volume, 'environ.json'));
    const address = ['--address', socket, '--namespace', ctr.containerdNamespace];
    await run([`${CHECKOUT}/bin/wasm-image`, 'build', app, '-t', NAME, '--load', ...address]);

    await stage.leavesNothing(async () => {
      const mount = `type=bind,src=${volume},dst=/data,options=rbind:rw`;
      await ctr.start({ image: NAME, id: 'notes', flags: ['--mount', mount] });
      const network = machine.networkNamespace(await ctr.pid('notes'));
      const ask = async (method: string, place: string, body?: string) =>
        await request(network, {
          url: `http://localhost:3000${place}`,
          method,
          ...(body === undefined ? {} : { body }),
        });
      expect(await ask('PUT', '/notes/first', 'from a container')).toMatchObject({ status: 204 });
      expect(JSON.parse(await readFile(path.join(volume, 'first.json'), 'utf8'))).toMatchObject({
        text: 'from a container',
      });
      expect(JSON.parse((await ask('GET', '/notes/first')).body)).toMatchObject({ text: 'from a container' });
      expect(JSON.parse((await ask('GET', '/')).body)).toEqual({
        title: 'Notes',
        notes: ['environ', 'first'],
      });
      expect(await ask('GET', '/notes/environ')).toMatchObject({ status: 500 });
      expect(await ask('GET', '/planted')).toMatchObject({ status: 500 });
      expect(await ask('DELETE', '/notes/first')).toMatchObject({ status: 204 });
      await ctr.kill('notes', 'SIGTERM');
      await ctr.stopped('notes');
      expect(await ctr.remove('notes')).toBe(0);
    });
  });
});
