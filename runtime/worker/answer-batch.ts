import type { CallPlace } from './call-batch.ts';
import type { GuestResult, WorkerResponse } from './guest.ts';

export interface Answer extends CallPlace {
  /** The call goes on after this answer; then an `over` follows. */
  readonly goesOn: boolean;
  /** Milliseconds since the call began. */
  readonly ranMs: number;
  readonly result: GuestResult;
}

/**
 * Answers on their way back, for the same reason as `CallBatch`. Of each answer: slot, sequence, whether the
 * call goes on, milliseconds, all but the bytes as JSON, how long its body is, and how long what it printed.
 */
export interface AnswerBatch {
  readonly fields: readonly (number | string | boolean)[];
  /** Bodies and prints, one behind the other. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

const FIELDS = 7;

const NOTHING = new Uint8Array(0);

/** From here on handing over memory is cheaper than copying it. */
const TRANSFER_BYTES = 64 * 1024;

/** A longer head is not worth comparing and keeping. */
const KNOWN_LENGTH = 4 * 1024;

/** An answer but for its bytes. */
interface Head {
  readonly what: Omit<WorkerResponse, 'body'> | { readonly reason: string };
  readonly met: Pick<GuestResult, 'limits'>;
}

export function packAnswers(answers: readonly Answer[]): AnswerBatch {
  const fields: (number | string | boolean)[] = [];
  const parts: Uint8Array[] = [];
  for (const { slot, sequence, goesOn, ranMs, result } of answers) {
    const body = result.ok ? result.response.body : undefined;
    if (body !== undefined && body.length > 0) parts.push(body);
    if (result.stderr.length > 0) parts.push(result.stderr);
    const length = body?.length ?? 0;
    fields.push(slot, sequence, goesOn, ranMs, headText(result), length, result.stderr.length);
  }
  return { fields, bytes: joined(parts) };
}

/** What the message may take along instead of copying it. */
export function transferOf({ bytes }: AnswerBatch): ArrayBuffer[] {
  return bytes.length < TRANSFER_BYTES ? [] : [bytes.buffer];
}

function headText(result: GuestResult): string {
  const { limits } = result;
  if (!result.ok) return JSON.stringify({ reason: result.reason, limits });
  const { status, headers, kv, kvKept, streams } = result.response;
  return JSON.stringify({ status, headers, kv, kvKept, streams, limits });
}

/** In memory of their own: a view crosses threads with all of the memory it looks at, a guest's whole heap. */
function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** Reads the batches of one thread. */
export class AnswerReader {
  /** A worker's answers often differ in their bodies alone. */
  #known: { readonly text: string; readonly head: Head } | undefined;

  unpack({ fields, bytes }: AnswerBatch): Answer[] {
    const answers: Answer[] = [];
    // Whoever sends them as text asks for no other view.
    const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    let end = 0;
    const take = (length: unknown): Uint8Array => {
      if (length === 0) return NOTHING;
      end += length as number;
      return all.subarray(end - (length as number), end);
    };
    for (let at = 0; at < fields.length; at += FIELDS) {
      const head = this.#head(fields[at + 4] as string);
      const body = take(fields[at + 5]);
      answers.push({
        slot: fields[at] as number,
        sequence: fields[at + 1] as number,
        goesOn: fields[at + 2] as boolean,
        ranMs: fields[at + 3] as number,
        result: resultOf(head, body, take(fields[at + 6])),
      });
    }
    return answers;
  }

  #head(text: string): Head {
    if (this.#known?.text === text) return this.#known.head;
    const { limits, ...what } = JSON.parse(text) as Head['what'] & Head['met'];
    const head = { what, met: limits === undefined ? {} : { limits } } as Head;
    if (text.length <= KNOWN_LENGTH) this.#known = { text, head };
    return head;
  }
}

function resultOf({ what, met }: Head, body: Uint8Array, stderr: Uint8Array): GuestResult {
  if ('reason' in what) return { ok: false, reason: what.reason, stderr, ...met };
  return { ok: true, response: { ...what, body }, stderr, ...met };
}
