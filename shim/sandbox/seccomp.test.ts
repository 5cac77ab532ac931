import { spawnSync } from 'node:child_process';
import { constants } from 'node:os';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { birthFilter, runtimeFilter } from './seccomp-policy.ts';
import { compileProfile } from './seccomp-profile.ts';
import { ALLOW, assemble, type Comparison, refuse } from './seccomp-program.ts';
import { hostSyscalls, syscallTable } from './syscall-numbers.ts';

const x64 = syscallTable('x64');
const arm64 = syscallTable('arm64');
const ARCH = { x64: 0xc000003e, arm64: 0xc00000b7 };
const KILL = 0x80000000;
const own = { ownPidNamespace: true };

interface Call {
  readonly arch?: number;
  readonly number: number;
  readonly args?: readonly bigint[];
}

/** The kernel's machine, for the instructions we use. */
function run(program: Uint8Array, { arch = ARCH.x64, number, args = [] }: Call): number {
  const data = Buffer.alloc(64);
  data.writeUInt32LE(number, 0);
  data.writeUInt32LE(arch, 4);
  for (const [index, value] of args.entries())
    data.writeBigUInt64LE(BigInt.asUintN(64, value), 16 + 8 * index);
  const code = Buffer.from(program);
  let accumulator = 0;
  for (let pc = 0; pc * 8 < code.length; pc += 1) {
    const operation = code.readUInt16LE(pc * 8);
    const k = code.readUInt32LE(pc * 8 + 4);
    const jump = (taken: boolean): void => {
      pc += code.readUInt8(pc * 8 + (taken ? 2 : 3));
    };
    if (operation === 0x20) accumulator = data.readUInt32LE(k);
    else if (operation === 0x54) accumulator = (accumulator & k) >>> 0;
    else if (operation === 0x15) jump(accumulator === k);
    else if (operation === 0x25) jump(accumulator > k);
    else if (operation === 0x35) jump(accumulator >= k);
    else if (operation === 0x06) return k;
    else throw new Error(`Unknown instruction ${operation}`);
  }
  throw new Error('Ran off the end');
}

const numberOf = (name: string, table = x64): number => table.number(name) ?? -1;

describe('assemble()', () => {
  it('kills calls of other architectures and of x32', () => {
    const program = assemble({ rules: [], otherwise: ALLOW, unknown: ALLOW }, x64);
    expect(run(program, { arch: 0x40000003, number: 1 })).toBe(KILL);
    expect(run(program, { number: 0x40000001 })).toBe(KILL);
    expect(run(program, { number: 1 })).toBe(ALLOW);
    const onArm = assemble({ rules: [], otherwise: ALLOW, unknown: ALLOW }, arm64);
    expect(run(onArm, { arch: ARCH.arm64, number: 1 })).toBe(ALLOW);
    expect(run(onArm, { number: 1 })).toBe(KILL);
  });

  it('lets the first rule that fits decide, over more names than a jump is wide', () => {
    const many = Array.from({ length: 335 }, (_, number) => number);
    const names = many.map((number) => `call${number}`);
    const table = { ...x64, highest: 334, number: (name: string) => Number(name.slice(4)) };
    const rules = [
      { names: ['call7'], action: refuse(1) },
      { names, action: ALLOW },
    ];
    const program = assemble({ rules, otherwise: refuse(2), unknown: refuse(38) }, table);
    for (const number of many) expect(run(program, { number })).toBe(number === 7 ? refuse(1) : ALLOW);
    expect(run(program, { number: 335 })).toBe(refuse(38));
  });

  it('compares arguments in all 64 bits', () => {
    const comparisons: readonly Comparison[] = ['==', '!=', '<', '<=', '>', '>='];
    const word = fc.oneof(
      fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
      fc.bigInt({ min: 0n, max: 3n }),
      fc.constantFrom(1n << 32n, (1n << 32n) + 1n),
    );
    fc.assert(
      fc.property(fc.constantFrom(...comparisons), word, word, fc.nat(5), (is, value, actual, index) => {
        const truth = {
          '==': actual === value,
          '!=': actual !== value,
          '<': actual < value,
          '<=': actual <= value,
          '>': actual > value,
          '>=': actual >= value,
        };
        const rules = [
          { names: ['read'], conditions: [{ index, is, value }], action: ALLOW },
          { names: ['read'], action: refuse(5) },
        ];
        const program = assemble({ rules, otherwise: refuse(2), unknown: refuse(38) }, x64);
        const args = Array.from({ length: 6 }, (_, at) => (at === index ? actual : 0n));
        expect(run(program, { number: 0, args })).toBe(truth[is] ? ALLOW : refuse(5));
      }),
    );
  });

  it('wants all conditions of a rule', () => {
    const rules = [
      {
        names: ['read'],
        conditions: [
          { index: 0, is: '==', value: 1n },
          { index: 1, is: '==', value: 0x10n, mask: 0xf0n },
        ],
        action: ALLOW,
      },
    ] as const;
    const program = assemble({ rules, otherwise: refuse(2), unknown: refuse(38) }, x64);
    expect(run(program, { number: 0, args: [1n, 0x1fn] })).toBe(ALLOW);
    expect(run(program, { number: 0, args: [1n, 0x2fn] })).toBe(refuse(2));
    expect(run(program, { number: 0, args: [2n, 0x1fn] })).toBe(refuse(2));
  });
});

describe.each([
  ['x64', x64],
  ['arm64', arm64],
] as const)('the filters on %s', (name, table) => {
  const arch = ARCH[name];
  const birth = birthFilter(table, own);
  const runtime = runtimeFilter(table, own);
  const ask = (program: Uint8Array, call: string, ...args: bigint[]): number =>
    run(program, { arch, number: numberOf(call, table), args });

  it('let a runtime do its work', () => {
    for (const call of ['read', 'openat2', 'mmap', 'futex', 'epoll_pwait', 'accept4', 'unlinkat']) {
      expect(ask(birth, call)).toBe(ALLOW);
      expect(ask(runtime, call)).toBe(ALLOW);
    }
    expect(ask(runtime, 'clone', 0x3d0f00n)).toBe(ALLOW);
    expect(ask(runtime, 'ioctl', 0n, 0x5421n)).toBe(ALLOW);
  });

  it('refuse what reaches outside', () => {
    for (const call of [
      'mount',
      'unshare',
      'setns',
      'ptrace',
      'bpf',
      'keyctl',
      'kill',
      'pivot_root',
      'init_module',
      'process_vm_readv',
      'perf_event_open',
      'userfaultfd',
      'open_by_handle_at',
      'open_tree',
      'fsopen',
      'execveat',
      'personality',
      'setuid',
      'socketpair',
    ]) {
      expect(ask(birth, call)).toBe(refuse(constants.errno.EPERM));
      expect(ask(runtime, call)).toBe(refuse(constants.errno.EPERM));
    }
    for (const call of ['io_uring_setup', 'clone3']) {
      expect(ask(birth, call)).toBe(refuse(constants.errno.ENOSYS));
      expect(ask(runtime, call)).toBe(refuse(constants.errno.ENOSYS));
    }
  });

  it('let exec through once only', () => {
    expect(ask(birth, 'execve')).toBe(ALLOW);
    expect(ask(birth, 'seccomp')).toBe(ALLOW);
    expect(ask(runtime, 'execve')).toBe(refuse(1));
    expect(ask(runtime, 'seccomp')).toBe(refuse(1));
  });

  it('tell threads from processes and namespaces', () => {
    expect(ask(birth, 'clone', 17n)).toBe(ALLOW);
    expect(ask(birth, 'clone', 0x10000000n | 17n)).toBe(refuse(1));
    expect(ask(runtime, 'clone', 17n)).toBe(refuse(1));
  });

  it('allow internet sockets only, whatever stands above the 32 bits that count', () => {
    expect(ask(runtime, 'socket', 2n)).toBe(ALLOW);
    expect(ask(runtime, 'socket', 10n)).toBe(ALLOW);
    expect(ask(runtime, 'socket', 1n)).toBe(refuse(1));
    expect(ask(runtime, 'socket', 16n)).toBe(refuse(1));
    expect(ask(runtime, 'ioctl', 0n, (7n << 32n) | 0x5412n)).toBe(refuse(1));
    expect(ask(runtime, 'fcntl', 0n, 8n)).toBe(refuse(1));
  });

  it('keep hands off the processes of others in a shared pid namespace', () => {
    expect(ask(runtime, 'tgkill')).toBe(ALLOW);
    expect(ask(runtimeFilter(table, { ownPidNamespace: false }), 'tgkill')).toBe(refuse(1));
    expect(ask(runtime, 'prlimit64', 0n)).toBe(ALLOW);
    expect(ask(runtime, 'prlimit64', 1n)).toBe(refuse(1));
  });
});

describe('compileProfile()', () => {
  const compile = (
    rules: readonly object[],
    defaultAction = 'SCMP_ACT_ERRNO',
  ): ReturnType<typeof compileProfile> =>
    compileProfile(
      {
        defaultAction,
        defaultErrno: undefined,
        rules: rules.map((rule) => ({
          names: ['read'],
          action: 'SCMP_ACT_ALLOW',
          errno: undefined,
          conditions: [],
          ...rule,
        })),
      },
      x64,
    );
  const is = (operator: string, value: bigint, valueTwo = 0n, index = 0): object => ({
    index,
    operator,
    value,
    valueTwo,
  });

  it('follows names, actions and the default', () => {
    const { program, warnings } = compile([
      { names: ['read', 'no_such_call'] },
      { names: ['write'], action: 'SCMP_ACT_ERRNO', errno: 13 },
    ]);
    expect(run(program, { number: 0 })).toBe(ALLOW);
    expect(run(program, { number: 1 })).toBe(refuse(13));
    expect(run(program, { number: 2 })).toBe(refuse(1));
    expect(run(program, { number: 9999 })).toBe(refuse(38));
    expect(warnings).toEqual([]);
  });

  it('follows conditions, a masked one and alternatives on one argument', () => {
    const { program } = compile([
      { conditions: [is('SCMP_CMP_EQ', 3n), is('SCMP_CMP_EQ', 5n)] },
      { names: ['write'], conditions: [is('SCMP_CMP_MASKED_EQ', 0xff00n, 0x1200n)] },
    ]);
    expect([3n, 4n, 5n].map((value) => run(program, { number: 0, args: [value] }))).toEqual([
      ALLOW,
      refuse(1),
      ALLOW,
    ]);
    expect(run(program, { number: 1, args: [0x1234n] })).toBe(ALLOW);
    expect(run(program, { number: 1, args: [0x1334n] })).toBe(refuse(1));
  });

  it('never kills, since the shim itself spawns under the filter', () => {
    const { program, warnings } = compile([{ action: 'SCMP_ACT_KILL_PROCESS' }], 'SCMP_ACT_ALLOW');
    expect(run(program, { number: 0 })).toBe(refuse(1));
    expect(warnings).toEqual([expect.stringContaining('"SCMP_ACT_KILL_PROCESS"')]);
  });
});

describe('the runtime filter in a kernel', () => {
  it('leaves Node running and stops what it must not do', () => {
    const program = Buffer.from(runtimeFilter(hostSyscalls, own)).toString('base64');
    const script = `import * as sys from ${JSON.stringify(`${import.meta.dirname}/sys.ts`)};
      import { syscall } from ${JSON.stringify(`${import.meta.dirname}/syscall.ts`)};
      sys.setNoNewPrivileges();
      sys.installSeccomp(Buffer.from(${JSON.stringify(program)}, 'base64'));
      const attempt = (...call) => { try { syscall(...call); return 'done'; } catch (error) { return error.code; } };
      console.log([attempt('getpid'), attempt('unshare', 0x10000000), attempt('socket', 1, 1, 0), attempt('io_uring_setup', 1, 0), attempt('kill', process.pid, 0)].join());`;
    const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
      encoding: 'utf8',
    });
    expect(stdout.trim(), stderr).toBe('done,EPERM,EPERM,ENOSYS,EPERM');
  });
});
