import { fstatSync, readSync } from 'node:fs';
import { ShimError } from '../errors.ts';
import { readFields, type WireField } from './wire.ts';

/** More than this on stdin is refused, as containerd's own shims do. */
const MAX_STDIN_BYTES = 10 * 1024 * 1024;

/** `LogLevel` of containerd.runtime.bootstrap.v1: lower is chattier. */
const LOG_LEVEL_DEBUG = -4n;

/** What a daemon says to `start` beyond its flags; each part is absent when it said nothing. */
export interface BootstrapParams {
  readonly debug: boolean;
  /** Where to put the socket (containerd 2.3 and later). */
  readonly socketDirectory: string | undefined;
  readonly ttrpcAddress: string | undefined;
  readonly containerdVersion: string | undefined;
}

const NOTHING: BootstrapParams = {
  debug: false,
  socketDirectory: undefined,
  ttrpcAddress: undefined,
  containerdVersion: undefined,
};

/**
 * Reads what `start` gets on stdin: containerd 2.3 and later write `BootstrapParams`, earlier ones the
 * task's options as `google.protobuf.Any` or nothing. An Any also parses as BootstrapParams, with the type
 * as id and garbage as namespace, so the two are told apart by what the flags say.
 *
 * @throws ShimError invalid-argument when the bytes are no protobuf message
 */
export function readParams(stdin: Uint8Array, id: string, containerdNamespace: string): BootstrapParams {
  if (stdin.length === 0) return NOTHING;
  let fields: readonly WireField[];
  try {
    fields = readFields(stdin);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ShimError('invalid-argument', `Cannot read the ${stdin.length} bytes on stdin: ${reason}`, {
      cause,
    });
  }
  if (text(fields, 1) !== id || text(fields, 2) !== containerdNamespace) return NOTHING;
  return {
    debug: BigInt.asIntN(64, integer(fields, 3)) <= LOG_LEVEL_DEBUG,
    socketDirectory: text(fields, 9) || undefined,
    ttrpcAddress: text(fields, 5) || undefined,
    containerdVersion: text(fields, 4) || undefined,
  };
}

/** Everything on stdin up to its end; nothing when a person's terminal is there. */
export function readStdin(fd = 0): Uint8Array {
  if (fstatSync(fd).isCharacterDevice()) return new Uint8Array();
  const chunks: Uint8Array[] = [];
  for (let total = 0; ; ) {
    const chunk = Buffer.allocUnsafe(65536);
    const length = readSync(fd, chunk);
    if (length === 0) return Buffer.concat(chunks);
    total += length;
    if (total > MAX_STDIN_BYTES) {
      throw new ShimError('invalid-argument', `Cannot read stdin: it has more than ${MAX_STDIN_BYTES} bytes`);
    }
    chunks.push(chunk.subarray(0, length));
  }
}

/** The last one wins, as protobuf has it. */
function text(fields: readonly WireField[], wanted: number): string | undefined {
  const value = fields.findLast(({ number }) => number === wanted)?.value;
  return value instanceof Uint8Array ? Buffer.from(value).toString('utf8') : undefined;
}

function integer(fields: readonly WireField[], wanted: number): bigint {
  const value = fields.findLast((field) => field.number === wanted)?.value;
  return typeof value === 'bigint' ? value : 0n;
}
