import { moduleOf, name, section } from '#runtime/wasi/testdata/binary.ts';
import type { RungName } from '#runtime/worker/module-rung.ts';

/** A module that traps when it finds state that a run before it left, leaves some itself, and waits for the host. */
export interface StatefulModule {
  /** Where its state is. */
  readonly state: string;
  /** The cheapest way in which it comes by fresh state. */
  readonly rung: RungName;
  readonly bytes: Uint8Array;
}

interface Parts {
  readonly rung: RungName;
  /** Leaves a number other than zero when an earlier run was here. */
  readonly find: readonly number[];
  readonly leave: readonly number[];
  /** Local variables: count of groups, then count and type of each. */
  readonly locals?: readonly number[];
  readonly memories?: readonly number[];
  readonly table?: readonly number[];
  readonly tag?: readonly number[];
  readonly global?: readonly number[];
  readonly elements?: readonly number[];
  /** Passive, with the index 1. */
  readonly data?: readonly number[];
}

/** Where the module keeps the address it asks for, the answer, and what the host has it allocate. */
const [ADDRESS, RESULT, HEAP] = [16, 64, 256] as const;
const URL_TEXT = 'https://a.test/';

const [I32, I64, F32, F64, V128] = [0x7f, 0x7e, 0x7d, 0x7c, 0x7b] as const;
const [FUNCREF, EXNREF, REF_NULL_TYPE] = [0x70, 0x69, 0x63] as const;
/** Instructions (core spec 5.4). */
const [BLOCK, IF, END, UNREACHABLE, DROP] = [0x02, 0x04, 0x0b, 0x00, 0x1a] as const;
const EMPTY = 0x40;
const [IS_ZERO, NOT_EQUAL, REF_NULL, IS_NULL, REF_FUNC] = [0x45, 0x47, 0xd0, 0xd1, 0xd2] as const;
const GET_GLOBAL = [0x23, 0];
const SET_GLOBAL = [0x24, 0];
const LOAD = [0x2d, 0];
const STORE = [0x3a, 0];
const MUTABLE = 1;

/** The functions: the import, `_start`, and the allocator that the host calls. */
const [SEND, START, ALLOCATE] = [0, 1, 2] as const;

/** In LEB128; below 8192. */
function constant(value: number): number[] {
  return [0x41, (value & 0x7f) | 0x80, value >> 7];
}

/** Asks for the address by GET: no body, no headers. */
const WAIT = [
  ...[0, 0, 0, 0, 0, 0, 0, 0, ADDRESS, URL_TEXT.length, RESULT].flatMap(constant),
  ...[0x10, SEND],
];

function bytesOf(parts: Parts): Uint8Array {
  const run = [...parts.find, IF, EMPTY, UNREACHABLE, END, ...parts.leave, ...WAIT, END];
  const body = [...(parts.locals ?? [0]), ...run];
  const allocate = [0, ...constant(HEAP), END];
  const types = [
    [0x60, 0, 0],
    [0x60, 11, ...new Array<number>(11).fill(I32), 0],
    [0x60, 4, I32, I32, I32, I32, 1, I32],
  ];
  const optional = (id: number, content: readonly number[] | undefined): number[] =>
    content === undefined ? [] : section(id, ...content);
  const passive = parts.data === undefined ? [] : [1, parts.data.length, ...parts.data];
  return moduleOf(
    section(1, types.length, ...types.flat()),
    section(2, 1, ...name('http'), ...name('send-http-request'), 0, 1),
    section(3, 2, 0, 2),
    optional(4, parts.table),
    section(5, ...(parts.memories ?? [1, 0, 1])),
    optional(13, parts.tag),
    optional(6, parts.global),
    section(
      7,
      3,
      ...name('_start'),
      ...[0, START],
      ...name('memory'),
      ...[2, 0],
      ...name('canonical_abi_realloc'),
      ...[0, ALLOCATE],
    ),
    // By default `_start` is declared, so that a reference to it may be taken.
    section(9, ...(parts.elements ?? [1, 3, 0, 1, START])),
    section(12, parts.data === undefined ? 1 : 2),
    section(10, 2, body.length, ...body, allocate.length, ...allocate),
    section(
      11,
      parts.data === undefined ? 1 : 2,
      0,
      ...constant(ADDRESS),
      END,
      ...name(URL_TEXT),
      ...passive,
    ),
  );
}

/** A mutable global of a number, `first` being the instruction that makes its first value. */
function number(type: number, first: readonly number[], rest: Pick<Parts, 'rung' | 'find' | 'leave'>): Parts {
  return { ...rest, global: [1, type, MUTABLE, ...first, END] };
}

const one32 = [0x43, 0, 0, 0x80, 0x3f];
const one64 = [0x44, 0, 0, 0, 0, 0, 0, 0xf0, 0x3f];
const zero64 = [0x44, 0, 0, 0, 0, 0, 0, 0, 0];
/** Quiet, with a payload that JavaScript does not pass on. */
const nan64 = [0x44, 1, 0, 0, 0, 0, 0, 0xf8, 0x7f];
const ones = [0xfd, 12, ...new Array<number>(16).fill(1)];
const zeroes = [0xfd, 12, ...new Array<number>(16).fill(0)];
const [REINTERPRET_64, NOT_EQUAL_64] = [0xbd, 0x52] as const;
const FUNCTION = [REF_FUNC, START];
/** An exception of the first tag, as a value: caught by a `try_table` in a block. */
const EXCEPTION = [BLOCK, EXNREF, 0x1f, EMPTY, 1, 3, 0, 0x08, 0, END, UNREACHABLE, END];

const modules: Readonly<Record<string, Parts>> = {
  'a byte of memory': {
    rung: 'kept',
    find: [...constant(0), ...LOAD, 0],
    leave: [...constant(0), ...constant(1), ...STORE, 0],
  },
  'the size of its memory': {
    rung: 'kept',
    find: [0x3f, 0, ...constant(1), NOT_EQUAL],
    leave: [...constant(1), 0x40, 0, DROP],
  },
  'a second memory': {
    rung: 'new',
    memories: [2, 0, 1, 0, 1],
    find: [...constant(0), 0x2d, 0x40, 1, 0],
    leave: [...constant(0), ...constant(1), 0x3a, 0x40, 1, 0],
  },
  'a global i32': number(I32, constant(0), {
    rung: 'kept',
    find: GET_GLOBAL,
    leave: [...constant(1), ...SET_GLOBAL],
  }),
  'a global i64': number(I64, [0x42, 0], {
    rung: 'kept',
    find: [...GET_GLOBAL, 0x50, IS_ZERO],
    leave: [0x42, 1, ...SET_GLOBAL],
  }),
  'a global f32': number(F32, [0x43, 0, 0, 0, 0], {
    rung: 'kept',
    find: [...GET_GLOBAL, ...one32, 0x5b],
    leave: [...one32, ...SET_GLOBAL],
  }),
  'a global f64, minus zero at first': number(F64, [0x44, 0, 0, 0, 0, 0, 0, 0, 0x80], {
    rung: 'kept',
    find: [...GET_GLOBAL, REINTERPRET_64, 0x42, 0, 0x59],
    leave: [...one64, ...SET_GLOBAL],
  }),
  'a global that becomes NaN': number(F64, zero64, {
    rung: 'kept',
    find: [...GET_GLOBAL, ...zero64, 0x62],
    leave: [...nan64, ...SET_GLOBAL],
  }),
  'the payload of a NaN in a global': number(F64, nan64, {
    rung: 'new',
    find: [...GET_GLOBAL, REINTERPRET_64, ...nan64, REINTERPRET_64, NOT_EQUAL_64],
    leave: [...zero64, ...SET_GLOBAL],
  }),
  'a global v128': number(V128, zeroes, {
    rung: 'new',
    find: [...GET_GLOBAL, 0xfd, 0x53],
    leave: [...ones, ...SET_GLOBAL],
  }),
  'a global funcref': number(FUNCREF, [REF_NULL, FUNCREF], {
    rung: 'new',
    find: [...GET_GLOBAL, IS_NULL, IS_ZERO],
    leave: [...FUNCTION, ...SET_GLOBAL],
  }),
  'a global funcref of a written-out type': {
    rung: 'new',
    global: [1, REF_NULL_TYPE, FUNCREF, MUTABLE, REF_NULL, FUNCREF, END],
    find: [...GET_GLOBAL, IS_NULL, IS_ZERO],
    leave: [...FUNCTION, ...SET_GLOBAL],
  },
  'a caught exception in a global': {
    rung: 'new',
    tag: [1, 0, 0],
    global: [1, EXNREF, MUTABLE, REF_NULL, EXNREF, END],
    find: [...GET_GLOBAL, IS_NULL, IS_ZERO],
    leave: [...EXCEPTION, ...SET_GLOBAL],
  },
  'a global set in a handler of exceptions': {
    ...number(I32, constant(0), { rung: 'kept', find: GET_GLOBAL, leave: [] }),
    tag: [1, 0, 0],
    leave: [BLOCK, EMPTY, 0x1f, EMPTY, 1, 2, 0, 0x08, 0, END, END, ...constant(1), ...SET_GLOBAL],
  },
  'an entry of its table': {
    rung: 'new',
    table: [1, FUNCREF, 0, 1],
    find: [...constant(0), 0x25, 0, IS_NULL, IS_ZERO],
    leave: [...constant(0), ...FUNCTION, 0x26, 0],
  },
  'the size of its table': {
    rung: 'new',
    table: [1, FUNCREF, 0, 1],
    find: [0xfc, 16, 0, ...constant(1), NOT_EQUAL],
    leave: [REF_NULL, FUNCREF, ...constant(1), 0xfc, 15, 0, DROP],
  },
  'a table filled at once': {
    rung: 'new',
    table: [1, FUNCREF, 0, 2],
    find: [...constant(1), 0x25, 0, IS_NULL, IS_ZERO],
    leave: [...constant(0), ...FUNCTION, ...constant(2), 0xfc, 17, 0],
  },
  'a segment of data that is dropped': {
    rung: 'new',
    data: [1],
    // Copies from it, which traps when it is gone.
    find: [...constant(8), ...constant(0), ...constant(1), 0xfc, 8, 1, 0, ...constant(0)],
    leave: [0xfc, 9, 1],
  },
  'a segment of elements that is dropped': {
    rung: 'new',
    table: [1, FUNCREF, 0, 1],
    elements: [1, 1, 0, 1, START],
    find: [...constant(0), ...constant(0), ...constant(1), 0xfc, 12, 0, 0, ...constant(0)],
    leave: [0xfc, 13, 0],
  },
  'a byte that atomic instructions changed': {
    rung: 'new',
    find: [...constant(0), 0xfe, 0x12, 0, 0],
    leave: [...constant(0), ...constant(1), 0xfe, 0x19, 0, 0],
  },
  'a global beside a variable that may not be null': {
    ...number(I32, constant(0), { rung: 'new', find: GET_GLOBAL, leave: [] }),
    locals: [1, 1, 0x64, FUNCREF],
    leave: [...constant(1), ...SET_GLOBAL],
  },
};

/** One for every kind of state that a module may have. */
export const STATEFUL_MODULES: readonly StatefulModule[] = Object.entries(modules).map(([state, parts]) => ({
  state,
  rung: parts.rung,
  bytes: bytesOf(parts),
}));
