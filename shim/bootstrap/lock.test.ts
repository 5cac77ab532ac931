import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { withLock } from './lock.ts';

const module = new URL('./lock.ts', import.meta.url).pathname;

describe('withLock()', () => {
  let directory: string;
  let file: string;
  beforeEach(() => {
    directory = mkdtempSync(path.join(tmpdir(), 'lock-'));
    file = path.join(directory, 'x.lock');
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  /** A process that takes the lock, says so, and holds it until its stdin ends. */
  function holder(): ChildProcess {
    const program = `import('${module}').then(({ withLock }) => withLock('${file}', () => {
      console.log('held');
      return new Promise((resolve) => process.stdin.on('end', () => { console.log('freed'); resolve(); }).resume());
    }))`;
    return spawn(process.execPath, ['--disable-warning=ExperimentalWarning', '-e', program], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
  }

  it('gives what the work gives and removes the file', async () => {
    expect(await withLock(file, async () => existsSync(file))).toBe(true);
    expect(existsSync(file)).toBe(false);
  });

  it('removes the file when the work fails', async () => {
    await expect(withLock(file, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(existsSync(file)).toBe(false);
  });

  it('lets processes in one by one', async () => {
    const lines: string[] = [];
    const holders = Array.from({ length: 4 }, holder);
    for (const { stdin, stdout } of holders) {
      if (!stdin || !stdout) throw new Error('no pipes');
      createInterface(stdout).on('line', (line) => {
        lines.push(line);
        if (line === 'held') stdin.end();
      });
    }
    await Promise.all(holders.map((child) => once(child, 'close')));
    expect(lines).toEqual(Array.from({ length: 4 }, () => ['held', 'freed']).flat());
    expect(existsSync(file)).toBe(false);
  });

  it('is free again when its holder is killed', async () => {
    const child = holder();
    if (!child.stdout) throw new Error('no pipe');
    await once(createInterface(child.stdout), 'line');
    child.kill('SIGKILL');
    await once(child, 'close');
    expect(existsSync(file)).toBe(true);
    expect(await withLock(file, async () => 'mine')).toBe('mine');
    expect(existsSync(file)).toBe(false);
  });
});
