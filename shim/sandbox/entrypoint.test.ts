import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { release } from './descriptors.ts';
import { identifyEntrypoint } from './entrypoint.ts';
import { openHandle } from './open.ts';

const MODULE = Buffer.from('0061736d01000000', 'hex');

describe('identifyEntrypoint()', () => {
  let image: string;
  let app: number;
  beforeAll(async () => {
    image = await mkdtemp(path.join(tmpdir(), 'image-'));
    const write = (name: string, content: string | Buffer): Promise<void> =>
      writeFile(path.join(image, name), content);
    await mkdir(path.join(image, 'site'));
    await mkdir(path.join(image, 'bin'));
    await write('tool.wasm', MODULE);
    await write('bin/tool', MODULE);
    await write('component.wasm', Buffer.from('0061736d0d000100', 'hex'));
    await write('future.wasm', Buffer.from('0061736d02000000', 'hex'));
    await write('short.wasm', '\0as');
    await write('empty.wasm', '');
    await write('hello.js', '#!/usr/bin/env node');
    await write('hello.ts', 'export default {};');
    await write('busybox', Buffer.from('7f454c460201', 'hex'));
    await write('run.sh', '#!/bin/sh');
    await write('notes.txt', 'hello');
    await symlink('/bin/tool', path.join(image, 'absolute'));
    await symlink('../../../../bin/tool', path.join(image, 'site/relative'));
    await symlink('/site', path.join(image, 'home'));
    await symlink('/etc/passwd', path.join(image, 'host'));
    await symlink('/proc/self/exe', path.join(image, 'magic'));
    await symlink('loop', path.join(image, 'loop'));
    execFileSync('mkfifo', [path.join(image, 'fifo')]);
    app = openHandle(image);
  });
  afterAll(async () => {
    release(app);
    await rm(image, { recursive: true });
  });

  it.each([
    ['/', '/', { kind: 'project', path: '.' }],
    ['/', '.', { kind: 'project', path: '.' }],
    ['/site', '.', { kind: 'project', path: 'site' }],
    ['/site', '../..', { kind: 'project', path: '.' }],
    ['/home', '.', { kind: 'project', path: 'site' }],
    ['/no/such/directory', '/site', { kind: 'project', path: 'site' }],
    ['/', '/hello.js', { kind: 'project', path: '.' }],
    ['/', '/hello.ts', { kind: 'project', path: '.' }],
    ['/', 'tool.wasm', { kind: 'module', path: 'tool.wasm' }],
    ['/', '/bin/tool', { kind: 'module', path: 'bin/tool' }],
    ['/bin', './tool', { kind: 'module', path: 'bin/tool' }],
    ['/', '/absolute', { kind: 'module', path: 'bin/tool' }],
    ['/site', 'relative', { kind: 'module', path: 'bin/tool' }],
  ])('in %s takes %s for %o', (cwd, argument, entrypoint) => {
    expect(identifyEntrypoint(app, cwd, argument)).toEqual(entrypoint);
  });

  it.each([
    ['/nope.wasm', 'Cannot run "/nope.wasm": no such file or directory'],
    ['/nope.js', 'no such file or directory'],
    ['/tool.wasm/x', 'not a directory'],
    ['/host', 'no such file or directory'],
    ['/magic', 'no such file or directory'],
    ['/loop', 'too many symbolic links'],
    ['/component.wasm', 'exec format error: WebAssembly components are not supported yet'],
    ['/future.wasm', 'exec format error: an unknown version of WebAssembly'],
    ['/short.wasm', 'exec format error: neither WebAssembly'],
    ['/empty.wasm', 'exec format error: neither WebAssembly'],
    ['/busybox', 'exec format error: a Linux program, and Linux containers are not run here'],
    ['/run.sh', 'exec format error: a script for Linux'],
    ['/notes.txt', 'exec format error: neither WebAssembly'],
    ['/fifo', 'exec format error: neither a regular file nor a directory'],
    ['/tool.wasm#start', 'exec format error: naming an export ("#start") is not supported yet'],
    ['/nope.wasm#start', 'no such file or directory'],
  ])('refuses %s', (argument, message) => {
    expect(() => identifyEntrypoint(app, '/', argument)).toThrow(message);
  });
});
