import type { Architecture, SyscallTable } from './syscall-numbers.ts';

/** What the kernel does with a system call: seccomp(2), SECCOMP_RET_*. */
export type SeccompAction = number;
export const ALLOW: SeccompAction = 0x7fff_0000;
export const LOG: SeccompAction = 0x7ffc_0000;
const KILL_PROCESS: SeccompAction = 0x8000_0000;
export const refuse = (errno: number): SeccompAction => 0x0005_0000 | errno;

export type Comparison = '==' | '!=' | '<' | '<=' | '>' | '>=';

export interface ArgumentCondition {
  /** Which argument, from 0. */
  readonly index: number;
  readonly is: Comparison;
  readonly value: bigint;
  /** Bits looked at; only with `==`. */
  readonly mask?: bigint;
}

/** The first rule that fits a call decides; names an architecture lacks are passed over. */
export interface FilterRule {
  readonly names: readonly string[];
  /** All must hold. */
  readonly conditions?: readonly ArgumentCondition[];
  readonly action: SeccompAction;
}

export interface Filter {
  readonly rules: readonly FilterRule[];
  readonly otherwise: SeccompAction;
  /** For numbers beyond the table: programs probe for new calls and take ENOSYS for "not there". */
  readonly unknown: SeccompAction;
}

const AUDIT_ARCH: Readonly<Record<Architecture, number>> = { x64: 0xc000_003e, arm64: 0xc000_00b7 };
/** Set in numbers of the x32 interface, which passes for x86-64 to the architecture check. */
const X32_BIT = 0x4000_0000;

/** Offsets in `struct seccomp_data`. */
const NUMBER = 0;
const ARCH = 4;
const argumentLow = (index: number): number => 16 + 8 * index;
const argumentHigh = (index: number): number => 20 + 8 * index;

const LOAD = 0x20;
const AND = 0x54;
const JUMP_EQUAL = 0x15;
const JUMP_GREATER = 0x25;
const JUMP_GREATER_EQUAL = 0x35;
const RETURN = 0x06;

/** Where a jump goes: so many instructions on, past the condition (it holds), or past the rule (it fails). */
type Target = number | 'holds' | 'fails';

interface Instruction {
  readonly code: number;
  readonly k: number;
  readonly yes?: Target;
  readonly no?: Target;
}

/** Assembles a filter into an array of `struct sock_filter`, ready for seccomp(2) on this architecture. */
export function assemble(filter: Filter, table: SyscallTable): Uint8Array {
  const program: Instruction[] = [
    { code: LOAD, k: ARCH },
    { code: JUMP_EQUAL, k: AUDIT_ARCH[table.architecture], yes: 1 },
    { code: RETURN, k: KILL_PROCESS },
    { code: LOAD, k: NUMBER },
  ];
  if (table.architecture === 'x64') {
    program.push({ code: JUMP_GREATER_EQUAL, k: X32_BIT, no: 1 }, { code: RETURN, k: KILL_PROCESS });
  }
  program.push({ code: JUMP_GREATER, k: table.highest, no: 1 }, { code: RETURN, k: filter.unknown });
  for (const rule of filter.rules) {
    const numbers = rule.names.map((name) => table.number(name)).filter((number) => number !== undefined);
    if (rule.conditions === undefined || rule.conditions.length === 0) {
      program.push(...matchNumbers(numbers, rule.action));
    } else {
      for (const number of numbers) program.push(...matchCall(number, rule.conditions, rule.action));
    }
  }
  program.push({ code: RETURN, k: filter.otherwise });
  return encode(program);
}

/** Jumps are 8 bits wide. */
const GROUP = 200;

function matchNumbers(numbers: readonly number[], action: SeccompAction): readonly Instruction[] {
  const program: Instruction[] = [];
  for (let start = 0; start < numbers.length; start += GROUP) {
    const group = numbers.slice(start, start + GROUP);
    for (const [index, number] of group.entries()) {
      const left = group.length - 1 - index;
      program.push({ code: JUMP_EQUAL, k: number, yes: left, no: left === 0 ? 1 : 0 });
    }
    program.push({ code: RETURN, k: action });
  }
  return program;
}

function matchCall(
  number: number,
  conditions: readonly ArgumentCondition[],
  action: SeccompAction,
): readonly Instruction[] {
  const body: Instruction[] = [];
  const parts = conditions.map(compare);
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  for (const part of parts) {
    for (const [index, instruction] of part.entries()) {
      const holds = part.length - 1 - index;
      const fails = length - body.length;
      const resolve = (target: Target): number =>
        target === 'holds' ? holds : target === 'fails' ? fails : target;
      body.push({ ...instruction, yes: resolve(instruction.yes ?? 0), no: resolve(instruction.no ?? 0) });
    }
  }
  return [
    { code: JUMP_EQUAL, k: number, no: length + 2 },
    ...body,
    { code: RETURN, k: action },
    // The accumulator holds an argument by now.
    { code: LOAD, k: NUMBER },
  ];
}

/** Compares 64 bits in two halves, the only width the machine has. */
function compare({ index, is, value, mask = ~0n }: ArgumentCondition): readonly Instruction[] {
  const [high, low] = halves(value & BigInt.asUintN(64, mask));
  const [maskHigh, maskLow] = halves(mask);
  const loadHigh: Instruction = { code: LOAD, k: argumentHigh(index) };
  const loadLow: Instruction = { code: LOAD, k: argumentLow(index) };
  const order = (code: number, yes: Target, no: Target): readonly Instruction[] => [
    loadHigh,
    { code: JUMP_GREATER, k: high, yes },
    { code: JUMP_EQUAL, k: high, no },
    loadLow,
    { code, k: low, yes, no },
  ];
  switch (is) {
    case '==':
      return [
        loadHigh,
        { code: AND, k: maskHigh },
        { code: JUMP_EQUAL, k: high, no: 'fails' },
        loadLow,
        { code: AND, k: maskLow },
        { code: JUMP_EQUAL, k: low, no: 'fails' },
      ];
    case '!=':
      return [
        loadHigh,
        { code: JUMP_EQUAL, k: high, no: 'holds' },
        loadLow,
        { code: JUMP_EQUAL, k: low, yes: 'fails' },
      ];
    case '>':
      return order(JUMP_GREATER, 'holds', 'fails');
    case '>=':
      return order(JUMP_GREATER_EQUAL, 'holds', 'fails');
    case '<':
      return order(JUMP_GREATER_EQUAL, 'fails', 'holds');
    case '<=':
      return order(JUMP_GREATER, 'fails', 'holds');
  }
}

function halves(value: bigint): readonly [high: number, low: number] {
  const word = BigInt.asUintN(64, value);
  return [Number(word >> 32n), Number(word & 0xffff_ffffn)];
}

function encode(program: readonly Instruction[]): Uint8Array {
  const bytes = Buffer.alloc(program.length * 8);
  for (const [index, { code, k, yes = 0, no = 0 }] of program.entries()) {
    bytes.writeUInt16LE(code, index * 8);
    bytes.writeUInt8(Number(yes), index * 8 + 2);
    bytes.writeUInt8(Number(no), index * 8 + 3);
    bytes.writeUInt32LE(k >>> 0, index * 8 + 4);
  }
  return bytes;
}
