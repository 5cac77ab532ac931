import { workerData } from 'node:worker_threads';
import { CallWords } from './call-words.ts';
import type { Guest, GuestResult, GuestSpec } from './guest.ts';
import { guestLoader } from './guest-loader.ts';
import type { Answer, Call, FromThread, ThreadData, ToThread } from './protocol.ts';

/**
 * Answers travel together, since a message costs more than many a call; but none is held for long, and
 * none while a guest runs that has stalled a thread before.
 */
const MAX_HELD = 16;
const MAX_HOLD_NS = 500_000n;

/** The script of a guest thread: loads guests when first asked for and runs calls one after the other. */
const { port, words: memory, specs, loader } = workerData as ThreadData;
const words = new CallWords(memory);
const guests = new Map<number, Guest | { readonly problem: string }>();
/** Calls whose guest is not loaded, by guest; the keys are loaded in order, one at a time. */
const waiting = new Map<number, Call[]>();
let isLoading = false;

port.on('message', (message: ToThread) => {
  if (message.type === 'calls') run(message.calls);
  else for (const guest of message.guests) want(guest);
});
post({ type: 'ready' });

function post(message: FromThread): void {
  port.postMessage(message);
}

function want(guest: number): void {
  if (guests.has(guest)) return;
  if (!waiting.has(guest)) waiting.set(guest, []);
  if (!isLoading) void loadWanted();
}

async function loadWanted(): Promise<void> {
  isLoading = true;
  for (let guest = nextWanted(); guest !== undefined; guest = nextWanted()) {
    words.loading = guest;
    const loaded = await load(specs[guest]);
    words.loading = undefined;
    guests.set(guest, loaded);
    post({ type: 'loaded', guest, problem: 'problem' in loaded ? loaded.problem : undefined });
    const calls = waiting.get(guest) ?? [];
    waiting.delete(guest);
    run(calls);
  }
  isLoading = false;
}

/** Guests that a request waits for come first. */
function nextWanted(): number | undefined {
  for (const [guest, calls] of waiting) if (calls.length > 0) return guest;
  return waiting.keys().next().value;
}

async function load(spec: GuestSpec | undefined): Promise<Guest | { readonly problem: string }> {
  if (spec === undefined) return { problem: 'Cannot load worker: no such guest' };
  try {
    return await (await guestLoader(spec.language, loader))(spec);
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }
}

function run(calls: readonly Call[]): void {
  let answers: Answer[] = [];
  let oldest = 0n;
  const flush = (): void => {
    if (answers.length > 0) post({ type: 'answers', answers });
    answers = [];
  };
  for (const call of calls) {
    const guest = guests.get(call.guest);
    if (guest === undefined) {
      want(call.guest);
      waiting.get(call.guest)?.push(call);
      continue;
    }
    const isLate = answers.length > 0 && process.hrtime.bigint() - oldest > MAX_HOLD_NS;
    if (call.mayStall || isLate || answers.length >= MAX_HELD) flush();
    if (!words.begin(call.slot, call.sequence)) continue;
    const result = handle(guest, call);
    words.end(call.slot);
    if (answers.length === 0) oldest = process.hrtime.bigint();
    answers.push({ slot: call.slot, sequence: call.sequence, result });
  }
  flush();
}

function handle(guest: Guest | { readonly problem: string }, call: Call): GuestResult {
  if ('problem' in guest) return { ok: false, reason: guest.problem, stderr: new Uint8Array() };
  try {
    const result = guest.handle(call.request);
    const stderr = own(result.stderr);
    return result.ok
      ? { ...result, stderr, response: { ...result.response, body: own(result.response.body) } }
      : { ...result, stderr };
  } catch (error) {
    const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { ok: false, reason, stderr: new Uint8Array() };
  }
}

/** A view crosses threads with all of the memory it looks at: a guest's whole heap, for a few bytes. */
function own(bytes: Uint8Array): Uint8Array {
  return bytes.byteLength === bytes.buffer.byteLength ? bytes : bytes.slice();
}
