import {
  closeSync,
  fstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openClientFile, openOutput } from './client-file.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'client-file-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

async function write(given: string, text: string): Promise<void> {
  const fd = await openOutput('stdout', given);
  writeSync(fd, text);
  closeSync(fd);
}

describe('openOutput()', () => {
  it('makes the file of a file:// address with its folders, and adds to it from then on', async () => {
    const file = path.join(directory, 'a b/c/log');
    const address = `file://${directory}/a%20b/c/log`;
    await write(address, 'one\n');
    await write(`${address}?max=1`, 'two\n');
    expect(readFileSync(file, 'utf8')).toBe('one\ntwo\n');
  });

  it('lets two descriptors of one file add to it in turns', async () => {
    const address = `FILE://${directory}/log`;
    const [first, second] = [await openOutput('stdout', address), await openOutput('stderr', address)];
    for (const [fd, text] of [
      [first, 'a'],
      [second, 'b'],
      [first, 'c'],
    ] as const)
      writeSync(fd, text);
    expect(readFileSync(path.join(directory, 'log'), 'utf8')).toBe('abc');
    expect(fstatSync(first).mode & 0o777 & ~0o644).toBe(0);
    closeSync(first);
    closeSync(second);
  });

  it('says why a file cannot be made', async () => {
    writeFileSync(path.join(directory, 'file'), '');
    mkdirSync(path.join(directory, 'folder'));
    const fails = async (address: string, says: RegExp): Promise<void> => {
      await expect(openOutput('stderr', address)).rejects.toThrow(says);
    };
    await fails(`file://${directory}/file/log`, /^Cannot open stderr "file:.*file\/log": .*(EEXIST|ENOTDIR)/);
    await fails(`file://${directory}/folder`, /^Cannot open stderr "file:.*folder": .*EISDIR/);
    await fails('file://host/log', /^Cannot open stderr "file:\/\/host\/log": .*host/);
  });

  it.each(['binary:///bin/logger?a=b', 'ttrpc+unix:///run/socket'])(
    'refuses %s and says what it takes',
    async (address) => {
      const what = `Cannot connect stdout to "${address}": only a fifo or a file ("file://…") is supported`;
      await expect(openOutput('stdout', address)).rejects.toMatchObject({
        code: 'unimplemented',
        message: what,
      });
    },
  );
});

describe('openClientFile()', () => {
  it('refuses an input that is no fifo', async () => {
    await expect(openClientFile('stdin', `file://${directory}/in`, 0)).rejects.toThrow(
      'only a fifo is supported',
    );
  });

  it('says which fifo is gone', async () => {
    const file = path.join(directory, 'none');
    await expect(openClientFile('stdin', `fifo://${file}`, 0)).rejects.toMatchObject({
      code: 'not-found',
      message: `Cannot open stdin "${file}": no such file or directory`,
    });
  });
});
