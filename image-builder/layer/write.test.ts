import { readFile, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { digestOf } from '../image/digest.ts';
import { tempDirectory } from '../testing/tree.ts';
import type { LayerEntry } from './entry.ts';
import { writeLayer } from './write.ts';

/** One ustar header as POSIX pax(1) lays it out; `checksum` is the octal sum of its bytes. */
function header(name: string, mode: string, size: string, type: string, target = ''): Buffer {
  const block = Buffer.alloc(512);
  block.write(name, 0);
  block.write(`${mode} `, 100);
  block.write('000000 ', 108);
  block.write('000000 ', 116);
  block.write(`${size} `, 124);
  block.write('00000000000 ', 136);
  block.write('        ', 148);
  block.write(type, 156);
  block.write(target, 157);
  block.write('ustar\0', 257);
  block.write('00', 263);
  block.write('000000 ', 329);
  block.write('000000 ', 337);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')} \0`, 148);
  return block;
}

function padded(text: string): Buffer {
  const block = Buffer.alloc(512);
  block.write(text);
  return block;
}

describe('writeLayer()', () => {
  it('writes these bytes for a directory, a program, a file and a link, and no others', async () => {
    await using directory = await tempDirectory();
    const source = path.join(directory.path, 'source');
    await writeFile(source, 'hello');
    const entries: readonly LayerEntry[] = [
      { kind: 'directory', path: 'bin' },
      { kind: 'file', path: 'bin/a.wasm', source, size: 5, executable: true },
      { kind: 'file', path: 'index.js', source, size: 5, executable: false },
      { kind: 'link', path: 'link', target: 'index.js' },
    ];
    const file = path.join(directory.path, 'layer');
    const layer = await writeLayer(entries, { file, mtime: 0 });
    const bytes = await readFile(file);
    const expected = Buffer.concat([
      header('bin/', '000755', '00000000000', '5'),
      header('bin/a.wasm', '000755', '00000000005', '0'),
      padded('hello'),
      header('index.js', '000644', '00000000005', '0'),
      padded('hello'),
      header('link', '000777', '00000000000', '2', 'index.js'),
      Buffer.alloc(1024),
    ]);
    expect(gunzipSync(bytes).toString('latin1')).toBe(expected.toString('latin1'));
    expect(bytes.subarray(0, 10).toString('hex')).toBe('1f8b08000000000000ff');
    expect(layer.diffId).toBe(digestOf(expected));
    expect(layer.descriptor).toEqual({
      mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
      digest: digestOf(bytes),
      size: bytes.byteLength,
    });
  });

  it('writes a file that became shorter as an error that names it', async () => {
    await using directory = await tempDirectory();
    const source = path.join(directory.path, 'source');
    await writeFile(source, 'hello');
    await truncate(source, 3);
    const entries: readonly LayerEntry[] = [
      { kind: 'file', path: 'a/b', source, size: 5, executable: false },
    ];
    const done = writeLayer(entries, { file: path.join(directory.path, 'layer'), mtime: 0 });
    await expect(done).rejects.toThrow('Cannot add "a/b": it changed while it was read');
  });

  it('stops when it is told to', async () => {
    await using directory = await tempDirectory();
    const source = path.join(directory.path, 'source');
    await writeFile(source, Buffer.alloc(10_000_000));
    const entries: readonly LayerEntry[] = [
      { kind: 'file', path: 'big', source, size: 10_000_000, executable: false },
    ];
    const file = path.join(directory.path, 'layer');
    const done = writeLayer(entries, { file, mtime: 0, signal: AbortSignal.abort() });
    await expect(done).rejects.toThrow(expect.objectContaining({ name: 'AbortError' }));
  });
});
