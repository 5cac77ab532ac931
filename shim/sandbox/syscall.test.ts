import { openSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { failedWith, SystemError, syscall } from './syscall.ts';
import { syscallTable } from './syscall-numbers.ts';

describe('syscall()', () => {
  it('returns what the kernel returns', () => {
    expect(syscall('getpid')).toBe(process.pid);
  });

  it('fills a buffer it is lent', () => {
    const name = Buffer.alloc(390);
    syscall('uname', name);
    expect(name.toString('latin1').startsWith('Linux\0')).toBe(true);
  });

  it('throws an error that names the call, its arguments and the reason', () => {
    const error = catchError(() => syscall('openat', -100, '/no/such/file', 0, 0));
    expect(error).toBeInstanceOf(SystemError);
    expect(error).toMatchObject({ syscall: 'openat', code: 'ENOENT', errno: 2 });
    expect(String(error)).toContain('openat(-100, "/no/such/file", 0, 0): no such file or directory');
    expect(failedWith(error, 'EEXIST', 'ENOENT')).toBe(true);
    expect(failedWith(error, 'EEXIST')).toBe(false);
    expect(
      failedWith(
        catchError(() => openSync('/no/such/file', 'r')),
        'ENOENT',
      ),
    ).toBe(true);
  });

  it('passes negative numbers whole', () => {
    expect(catchError(() => syscall('close', -1))).toMatchObject({ code: 'EBADF' });
  });

  it('refuses a string with a NUL, which the kernel would cut', () => {
    expect(() => syscall('chdir', '/tmp\0/x')).toThrow('holds a NUL');
  });

  it('refuses a name that is no system call', () => {
    expect(() => syscall('fly')).toThrow('Cannot call "fly"');
  });
});

describe('syscallTable()', () => {
  it('knows the numbers of both architectures', () => {
    const x64 = syscallTable('x64');
    const arm64 = syscallTable('arm64');
    const numbers = (name: string): unknown[] => [x64.number(name), arm64.number(name)];
    expect(numbers('read')).toEqual([0, 63]);
    expect(numbers('mount')).toEqual([165, 40]);
    expect(numbers('pivot_root')).toEqual([155, 41]);
    expect(numbers('unshare')).toEqual([272, 97]);
    expect(numbers('setns')).toEqual([308, 268]);
    expect(numbers('seccomp')).toEqual([317, 277]);
    expect(numbers('prlimit64')).toEqual([302, 261]);
    expect(numbers('execveat')).toEqual([322, 281]);
    expect(numbers('statx')).toEqual([332, 291]);
    expect(numbers('rseq')).toEqual([334, 293]);
    expect(numbers('openat2')).toEqual([437, 437]);
    expect(numbers('mount_setattr')).toEqual([442, 442]);
    expect(numbers('newfstatat')).toEqual([262, 79]);
    expect(numbers('open')).toEqual([2, undefined]);
    expect(x64.highest).toBe(469);
    expect(arm64.highest).toBe(469);
  });
});

function catchError(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  throw new Error('Expected an error');
}
