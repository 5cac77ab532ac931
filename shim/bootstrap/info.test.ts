import { expect, it } from 'vitest';
import { codec } from '#proto/codec.ts';
import { VERSION } from '../version.ts';
import { ShimProgram } from './shim-program.fixture.ts';

it('-info writes a RuntimeInfo that claims no features', async () => {
  await using shim = new ShimProgram();
  const { status, stdout } = await shim.run(['-info']);
  expect(status).toBe(0);
  expect(codec('containerd.types.RuntimeInfo').decode(stdout)).toEqual({
    name: 'io.containerd.wws.v1',
    version: { version: VERSION, revision: '' },
    annotations: {},
  });
});

it('-v and -version print the version, --help says how to call it', async () => {
  await using shim = new ShimProgram();
  expect((await shim.run(['-v'])).stdout.toString()).toContain(VERSION);
  expect((await shim.run(['-version'])).stdout.toString()).toContain(VERSION);
  expect((await shim.run(['--help'])).stdout.toString()).toMatch(/^Examples:/m);
});
