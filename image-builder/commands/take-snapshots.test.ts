import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { tempDirectory, writeTree } from '../testing/tree.ts';
import { takeSnapshots } from './take-snapshots.ts';

const signal = new AbortController().signal;

describe('takeSnapshots()', () => {
  it('has a project without such languages keep nothing', async () => {
    await using directory = await tempDirectory();
    await writeTree(directory.path, { 'index.js': '' });
    expect(await takeSnapshots(directory.path, path.join(directory.path, 'out'), { signal })).toEqual([]);
  });

  it('says why a language cannot be started', async () => {
    const program = { file: 'sh', args: ['-c', 'echo "Cannot start python" >&2; exit 1'] };
    await expect(takeSnapshots('/app', '/out', { signal, program })).rejects.toThrow(
      'Cannot start the languages of "/app": Cannot start python',
    );
    await expect(
      takeSnapshots('/app', '/out', { signal, program: { file: '/nonexistent/wws', args: [] } }),
    ).rejects.toMatchObject({ code: 'app-invalid', message: expect.stringContaining('ENOENT') });
  });

  it('ends when nobody wants it any more', async () => {
    const stop = new AbortController();
    const taking = takeSnapshots('/app', '/out', {
      signal: stop.signal,
      program: { file: 'sh', args: ['-c', 'exec sleep 600'] },
    });
    stop.abort();
    await expect(taking).rejects.toThrow('aborted');
  });
});
