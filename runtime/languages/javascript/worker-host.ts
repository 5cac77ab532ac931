import { TextDecoder } from 'node:util';
import { formatBytes } from '#runtime/wasi/limits.ts';
import type { AnswerHeaders, WorkerRequest } from '#runtime/worker/guest.ts';
import type { WorkerLimitName, WorkerLimits } from '#runtime/worker-limits.ts';
import { compute } from './compute.ts';
import type { Engine } from './engine.ts';
import type { Box } from './engine-exports.ts';
import type { EngineHost } from './engine-imports.ts';
import type { GuestFiles } from './guest-files.ts';
import type { ModuleFiles } from './module-files.ts';
import { moduleName, preludeModule } from './module-name.ts';
import { PartedBody } from './parted-body.ts';
import type { PreludeImage } from './prelude-image.ts';
import type { OpenQuestions } from './questions.ts';
import { StderrBuffer } from './stderr-buffer.ts';
import { type StoreCopy, storeCopy } from './store-copy.ts';

/** All of an answer but its body. */
export interface AnswerHead {
  readonly status: number;
  readonly headers: AnswerHeaders;
  /** Undefined when the worker left its copy of the store alone. */
  readonly store: StoreCopy | undefined;
}

/** An answer whose body comes in parts. */
export interface PartedAnswer {
  readonly head: AnswerHead;
  readonly body: PartedBody;
}

/** How a request ended, as the prelude told it. */
export type Outcome =
  | (AnswerHead & { readonly ok: true; readonly body: Uint8Array })
  | { readonly ok: false; readonly reason: string };

/** A moment when no worker of this thread had run. `performance` is the dearer clock: 4 ms at its first use. */
const THREAD_START = process.hrtime.bigint();

/** The request there is while a worker is loaded. */
const NO_REQUEST: WorkerRequest = { url: '', method: '', headers: {}, body: '', kv: {}, params: {} };

const NOTHING = new Uint8Array();

const CHANGED_TOO_LATE =
  'Cache was changed while the answer was being sent: that is not stored (use KV, or change it before)\n';

const NO_QUESTIONS =
  'Cannot ask the host outside of a request: top-level code runs once, when the worker is loaded';

const NO_TIMERS =
  'Cannot set a timer outside of a request: top-level code runs once, when the worker is loaded';

/** In the form of `fileError`. */
const NO_FOLDERS =
  'EACCES: permission denied: the worker has no folders ([[folders]] in its configuration gives it some)';

/** What a worker has beside the engine. */
export interface WorkerMeans {
  readonly library?: PreludeImage['library'];
  /** Its folders, if it has any, for one guest at a time. */
  readonly filesFor?: ((onFull: () => void) => GuestFiles) | undefined;
}

interface Rejection {
  readonly promise: Box;
  readonly reason: Box;
}

/** The functions a worker's prelude calls, and what came of them in the current request. */
export class WorkerHost implements EngineHost {
  readonly stderr: StderrBuffer;
  /** Those the current request met. */
  readonly limitsMet: Set<WorkerLimitName> = new Set();
  readonly #outputBytes: number;
  readonly #keys: number;
  readonly #rejections = new Map<number, Rejection>();
  readonly #files: GuestFiles | undefined;
  readonly #library: PreludeImage['library'];
  #request = NO_REQUEST;
  #outcome: Outcome | undefined;
  /** Those of the worker while it is loaded. */
  #modules: ModuleFiles | undefined;
  #isLingering = false;
  #parted: PartedAnswer | undefined;
  /** Of the current request; while a worker is loaded there are none. */
  #questions: OpenQuestions | undefined;

  constructor(
    limits: Pick<WorkerLimits, 'log' | 'output' | 'keys'>,
    { library, filesFor }: WorkerMeans = {},
  ) {
    this.stderr = new StderrBuffer(limits.log);
    this.#outputBytes = limits.output;
    this.#keys = limits.keys;
    this.#library = library ?? new Map();
    this.#files = filesFor?.(() => this.limitsMet.add('files'));
  }

  /** Turns to `request`, and forgets what the one before it left. */
  begin(request: WorkerRequest, questions: OpenQuestions): void {
    this.#request = request;
    this.#questions = questions;
    this.#outcome = undefined;
    this.#isLingering = false;
    this.#parted = undefined;
    this.#rejections.clear();
    this.limitsMet.clear();
  }

  /** The request is over. */
  end(): void {
    this.#files?.[Symbol.dispose]();
  }

  get outcome(): Outcome | undefined {
    return this.#outcome;
  }

  /** The answer there is, or will be, if its body comes in parts. */
  get parted(): PartedAnswer | undefined {
    return this.#parted;
  }

  /** Whether the worker has work to finish after its answer. */
  get isLingering(): boolean {
    return this.#isLingering;
  }

  /** Takes the rejections that nobody handled so far; the caller owns the boxes. */
  takeRejections(): readonly Rejection[] {
    const rejections = [...this.#rejections.values()];
    this.#rejections.clear();
    return rejections;
  }

  /** For a promise whose rejection is reported in another way. */
  forgetRejection(engine: Engine, promise: Box): void {
    this.#rejections.delete(engine.exports.qjs_get_value_ptr(promise));
  }

  call(engine: Engine, name: string, args: readonly Box[]): Box | undefined {
    const [first = 0, second = 0, third = 0, fourth = 0] = args;
    switch (name) {
      case 'writeStderr':
        this.writeStderr(utf8Of(engine, first));
        return undefined;
      case 'entropy':
        return engine.exports.qjs_new_number(randomFill(new Uint32Array(1))[0] ?? 0);
      case 'compute':
        return compute(engine, args);
      case 'encodeUtf8':
        return engine.withUtf8(first, (start, end) => engine.exports.qjs_new_uint8_array(start, end - start));
      case 'decodeText':
        return engine.newText(decodeText(engine, args));
      case 'requestPart':
        return partOf(engine, this.#request, engine.text(first));
      case 'file':
        if (this.#files !== undefined) return this.#files.call(engine, args);
        throw new Error(`${NO_FOLDERS}, ${engine.text(first)} '${engine.text(second)}'`);
      case 'ask':
        if (this.#questions === undefined) throw new Error(NO_QUESTIONS);
        return engine.exports.qjs_new_number(this.#questions.ask(engine, args));
      case 'forget':
        this.#questions?.forget(engine.number(first));
        return undefined;
      case 'wakeAfter':
        if (this.#questions === undefined) throw new Error(NO_TIMERS);
        this.#questions.wakeAfter(engine.number(first));
        return undefined;
      case 'linger':
        this.#isLingering = engine.number(first) === 1;
        return undefined;
      case 'answer':
        // The first answer stands.
        this.#outcome ??= this.#answerOf(engine, [first, second, third, fourth]);
        return undefined;
      case 'answerHead':
        this.#parted ??= {
          head: this.#headOf(engine, [first, second, third]),
          body: new PartedBody(this.#outputBytes),
        };
        return undefined;
      case 'answerPart':
        return engine.exports.qjs_new_number(this.#addPart(engine.bytes(first)));
      case 'fail':
        this.#outcome ??= { ok: false, reason: engine.text(first) };
        return undefined;
      default:
        throw new Error(`Unknown host function "${name}"`);
    }
  }

  /**
   * Answers the number of the question that is settled when there is room for more, or 0.
   *
   * @throws Error when the answer grows too long, so that the guest goes on no further
   */
  #addPart(bytes: Uint8Array): number {
    const { body } = this.#parted ?? {};
    if (body === undefined) throw new Error('There is no answer that this is a part of');
    if (!body.add(bytes)) {
      this.#outcome ??= this.#tooLong();
      throw new Error('The answer is longer than it may be');
    }
    const room = body.room();
    if (room === undefined || this.#questions === undefined) return 0;
    return this.#questions.await(room.then(() => () => []));
  }

  #tooLong(): Outcome {
    this.limitsMet.add('output');
    return { ok: false, reason: `Stopped: answered more than ${formatBytes(this.#outputBytes)}` };
  }

  #answerOf(engine: Engine, [status, headers, content, kv]: readonly [Box, Box, Box, Box]): Outcome {
    const body = this.#parted?.body;
    const whole = body === undefined ? contentOf(engine, content) : body.isSending ? NOTHING : body.take();
    if (whole.length > this.#outputBytes) return this.#tooLong();
    const head = this.#headOf(engine, [status, headers, kv]);
    if (body?.isSending && JSON.stringify(head.store) !== JSON.stringify(this.#parted?.head.store)) {
      this.writeStderr(Buffer.from(CHANGED_TOO_LATE));
    }
    return { ok: true, body: whole, ...head };
  }

  #headOf(engine: Engine, [status, headers, kv]: readonly [Box, Box, Box]): AnswerHead {
    return {
      status: engine.number(status),
      headers: headersOf(engine.text(headers, HEADER_BYTES)),
      store: engine.isUndefined(kv) ? undefined : storeCopy(engine.text(kv), this.#keys),
    };
  }

  /** Lends the worker's modules to `load`; later on only those that it has loaded can be had. */
  withModules<T>(modules: ModuleFiles | undefined, load: () => T): T {
    this.#modules = modules;
    try {
      return load();
    } finally {
      this.#modules = undefined;
    }
  }

  resolveModule(importer: string, specifier: string): string {
    if (this.#library.has(importer)) return preludeModule(specifier);
    if (this.#modules !== undefined) return this.#modules.resolve(importer, specifier);
    try {
      return moduleName(importer, specifier);
    } catch (error) {
      throw new Error(`Cannot import "${specifier}" from ${importer}: ${messageOf(error)}`, { cause: error });
    }
  }

  readModule(name: string): string {
    const built = this.#library.get(name);
    if (built !== undefined) return built;
    if (this.#modules !== undefined) return this.#modules.read(name);
    throw new Error(
      `Cannot import "${name}" any more: modules are loaded with the worker, so import it at the top level`,
    );
  }

  rejection(engine: Engine, promise: Box, reason: Box, handled: boolean): void {
    const identity = engine.exports.qjs_get_value_ptr(promise);
    if (handled) this.#rejections.delete(identity);
    else this.#rejections.set(identity, { promise, reason });
  }

  writeStderr(bytes: Uint8Array): void {
    if (!this.stderr.write(bytes)) this.limitsMet.add('log');
  }

  /** Workers see their thread's time, not the machine's. */
  time(clock: 'wall' | 'monotonic'): bigint {
    if (clock === 'wall') return BigInt(Date.now()) * 1_000_000n;
    return process.hrtime.bigint() - THREAD_START;
  }

  randomise(bytes: Uint8Array): void {
    randomFill(bytes);
  }
}

/** Few workers draw numbers, and loading the module takes 4 ms of a thread's start. */
function randomFill<T extends NodeJS.ArrayBufferView>(view: T): T {
  return process.getBuiltinModule('node:crypto').randomFillSync(view);
}

/** For most texts; making one takes longer than its work. */
const utf8Decoder = new TextDecoder();

/** `decodeText(label)` gives the encoding's name, `decodeText(label, bytes, fatal, ignoreBOM)` the text. */
function decodeText(engine: Engine, args: readonly Box[]): string {
  const [label = 0, bytes, fatal = 0, ignoreBOM = 0] = args;
  const name = engine.text(label);
  if (bytes === undefined) return new TextDecoder(name).encoding;
  const options = { fatal: engine.number(fatal) === 1, ignoreBOM: engine.number(ignoreBOM) === 1 };
  const isUsual = name === 'utf-8' && !options.fatal && !options.ignoreBOM;
  return (isUsual ? utf8Decoder : new TextDecoder(name, options)).decode(engine.bytes(bytes));
}

/** Objects go over as JSON text: the guest's own parser makes them, `__proto__` and all. */
function partOf(engine: Engine, request: WorkerRequest, name: string): Box | undefined {
  switch (name) {
    case 'url':
    case 'method':
    case 'body':
      return engine.newText(request[name]);
    case 'bytes':
      return request.bytes && engine.newBytes(request.bytes);
    case 'headers':
    case 'params':
    case 'kv':
      return engine.newText(JSON.stringify(request[name]));
    default:
      throw new Error(`Unknown part of a request "${name}"`);
  }
}

/** Of all headers of an answer: each of them is a string here. */
const HEADER_BYTES = 1024 * 1024;

/** `lines` are a name and its value in turn, each ended by a line break. A name that repeats has a list. */
function headersOf(lines: string): AnswerHeaders {
  if (lines === '') return {};
  const parts = lines.split('\n');
  const headers = new Map<string, string | string[]>();
  for (let index = 0; index + 1 < parts.length; index += 2) {
    const [name = '', value = ''] = [parts[index], parts[index + 1]];
    const earlier = headers.get(name);
    if (Array.isArray(earlier)) earlier.push(value);
    else headers.set(name, earlier === undefined ? value : [earlier, value]);
  }
  return Object.fromEntries(headers);
}

function contentOf(engine: Engine, content: Box): Uint8Array {
  if (engine.isUndefined(content)) return new Uint8Array();
  return engine.isText(content) ? utf8Of(engine, content) : engine.bytes(content);
}

function utf8Of(engine: Engine, text: Box): Uint8Array {
  return engine.withUtf8(text, (start, end) => new Uint8Array(engine.memory.subarray(start, end)));
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
