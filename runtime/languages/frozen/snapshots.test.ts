import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadInterpretedGuest } from '#runtime/languages/interpreted/guest.ts';
import type { InterpretedSpec } from '#runtime/languages/interpreted/interpreted-spec.ts';
import { storeInterpreter } from '#runtime/languages/interpreted/store-interpreter.ts';
import { testInterpreter } from '#runtime/languages/testdata/interpreters.ts';
import { get, NO_HOST } from '#runtime/worker/testdata/asking.ts';
import { guestSpec } from '#runtime/worker/testdata/guest-spec.ts';
import { workerLimits } from '#runtime/worker-limits.ts';
import { findSnapshot, SNAPSHOT_DIRECTORY, writeSnapshot } from './snapshots.ts';

const WORKERS = {
  'python 3.12': {
    file: 'worker.py',
    source: 'n = 0\ndef worker(request):\n    global n\n    n += 1\n    return Response(str(n))\n',
  },
  'ruby 3.4': {
    file: 'worker.rb',
    source: '$n = 0\ndef worker(req)\n  $n += 1\n  Response.new($n.to_s)\nend\n',
  },
} as const;

describe.each(['python 3.12', 'ruby 3.4'] as const)('a snapshot of %s', (name) => {
  let root: string;
  let spec: InterpretedSpec;
  let snapshot: string;
  let key: string;

  beforeAll(async () => {
    root = await mkdtemp(path.join(tmpdir(), 'snapshots-'));
    const { file, source } = WORKERS[name];
    await writeFile(path.join(root, file), source);
    const interpreter = await testInterpreter(name);
    spec = {
      ...guestSpec({ language: 'interpreted', file: path.join(root, file), root }),
      // What cannot be read cannot be started: the snapshot is all there is.
      interpreter: { ...interpreter, binary: { ...interpreter.binary, file: path.join(root, 'none.wasm') } },
    };
    const stored = await storeInterpreter({ ...spec, interpreter });
    if (stored === undefined) throw new Error('It cannot be kept');
    key = stored.key;
    snapshot = await writeSnapshot(path.join(root, SNAPSHOT_DIRECTORY), stored);
  }, 60_000);

  afterAll(() => rm(root, { recursive: true }));

  async function answer(of: InterpretedSpec): Promise<string> {
    const guest = await loadInterpretedGuest(of, () => {});
    const bodies: string[] = [];
    for (let request = 0; request < 3; request++) {
      const result = await guest.handle(get('/'), NO_HOST);
      if (!result.ok) throw new Error(result.reason);
      bodies.push(Buffer.from(result.response.body).toString());
    }
    return bodies.join();
  }

  it('serves without the interpreter being started, each request in its first state', async () => {
    expect(await answer(spec)).toBe('1,1,1');
  });

  it('is one file, whose name says what it depends on', async () => {
    expect(await readdir(path.dirname(snapshot))).toEqual([`${key}.image`]);
    const other = { ...spec, limits: workerLimits({ memory: 200 * 1024 * 1024 }) };
    await expect(loadInterpretedGuest(other, () => {})).rejects.toThrow('no such file');
  });

  it('is not used when it has more memory than the worker may have', async () => {
    expect(await findSnapshot(root, key, 1024 * 1024)).toBeUndefined();
  });

  it('is passed over when its memory is no interpreter, which is then started', async () => {
    const interpreter = await testInterpreter(name);
    const broken = { ...spec, interpreter, limits: workerLimits({ memory: 200 * 1024 * 1024 }) };
    const stored = await storeInterpreter(broken);
    if (stored === undefined) throw new Error('It cannot be kept');
    const { image } = stored.stored;
    const blocks = image.blocks.map(({ start, bytes }) => ({
      start,
      bytes: Buffer.alloc(bytes.length, 0xaa),
    }));
    const scorched = { ...stored.stored, image: { ...image, blocks } };
    await writeSnapshot(path.dirname(snapshot), { key: stored.key, stored: scorched });
    expect(await findSnapshot(root, stored.key, broken.limits.memory)).toBeDefined();
    expect(await answer(broken)).toBe('1,1,1');
    // Two interpreters are started here.
  }, 60_000);
});
