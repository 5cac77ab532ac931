import { type Engine, GuestException } from './engine.ts';
import { type Box, EVAL_MODULE, EVAL_SCRIPT } from './engine-exports.ts';
import type { PreludeFunctions } from './prelude-image.ts';
import type { WorkerHost } from './worker-host.ts';

export interface WorkerSource {
  /** As stack traces show it: the path below the project's root. */
  readonly name: string;
  readonly text: string;
  readonly vars: Readonly<Record<string, string>>;
}

/**
 * Prepares the engine for a worker and evaluates it, once, in an engine that holds the prelude. What is left behind
 * is the state that every request starts from.
 *
 * @throws Error naming the worker, with line, column and stack where its own code failed
 */
export function loadWorker(
  engine: Engine,
  host: WorkerHost,
  functions: PreludeFunctions,
  source: WorkerSource,
): void {
  try {
    engine.call(functions.prepare, [engine.newText(JSON.stringify(source.vars))]);
    engine.call(functions.adopt, [evaluateWorker(engine, host, source)]);
    engine.runJobs();
    for (const { reason } of host.takeRejections()) throw new GuestException(reason);
  } catch (error) {
    throw loadError(source.name, withHint(explain(engine, functions, error)), host);
  }
  engine.exports.qjs_run_gc();
}

/** What a failed run has to say: for a guest's exception the text, then its stack from the second line on. */
export function explain(engine: Engine, functions: PreludeFunctions, error: unknown): string {
  if (!(error instanceof GuestException)) return error instanceof Error ? error.message : String(error);
  try {
    return engine.text(engine.call(functions.describe, [error.value]));
  } catch (second) {
    return `An exception that cannot be shown (${second instanceof Error ? second.message : String(second)})`;
  }
}

/** The default export of a module; undefined for a script, and for a module without one. */
function evaluateWorker(engine: Engine, host: WorkerHost, { name, text }: WorkerSource): Box {
  if (!isModule(engine, name, text)) {
    engine.evaluate(text, name, EVAL_SCRIPT);
    engine.runJobs();
    return engine.exports.qjs_get_undefined();
  }
  const promise = engine.evaluate(text, name, EVAL_MODULE);
  engine.runJobs();
  // Its rejection is reported here, not as one that nobody handled.
  engine.exports.qjs_promise_mark_as_handled(promise);
  host.forgetRejection(engine, promise);
  const namespace = engine.settled(promise);
  if (namespace === undefined) throw new Error('Its top-level await never settled');
  return engine.property(namespace, 'default');
}

/**
 * A file that parses as a script is one, unless its name says that it is a module. Parsing is dear where the
 * engine has just started, so it is asked only what the words leave open: without a keyword of modules a file
 * can be nothing but a script.
 */
function isModule(engine: Engine, name: string, text: string): boolean {
  if (/\.m[jt]s$/.test(name)) return true;
  return /\b(import|export|await)\b/.test(text) && !engine.parses(text, name, EVAL_SCRIPT);
}

function loadError(name: string, explanation: string, host: WorkerHost): Error {
  const place = firstPlace(explanation);
  const output = Buffer.from(host.stderr.take()).toString();
  const printed = output === '' ? '' : `\nIt printed:\n${output.trimEnd()}`;
  const reason =
    place === undefined
      ? explanation.replace(/^Error: (?=Cannot import )/, '')
      : `${place}: ${withoutFrame(explanation, place)}`;
  return new Error(`Cannot load worker "${name}": ${reason}${printed}`);
}

/** What people are told who write as other tools have it. */
const HINTS: readonly (readonly [RegExp, string])[] = [
  // Types are erased, and imports of them only where they say that they are such.
  [/^SyntaxError: Could not find export '.*' in module '.*\.m?ts'$/, 'of a type? then write "import type"'],
  [
    /^ReferenceError: (?:require|module|exports) is not defined$/,
    'this is CommonJS: write import and export, or bundle the worker',
  ],
];

/** With a hint behind the first line, where there is one. */
function withHint(explanation: string): string {
  const [said = '', ...frames] = explanation.split('\n');
  const hint = HINTS.find(([pattern]) => pattern.test(said))?.[1];
  return hint === undefined ? explanation : [`${said} (${hint})`, ...frames].join('\n');
}

/** Where it failed: `file:line:column` of the innermost frame that has one. */
function firstPlace(explanation: string): string | undefined {
  return /^ +at (?:.* \()?(\S.*?:\d+:\d+)\)?$/m.exec(explanation)?.[1];
}

/** The only frame of a syntax error is the place itself. */
function withoutFrame(explanation: string, place: string): string {
  const frame = `\n    at ${place}`;
  return explanation.endsWith(frame) ? explanation.slice(0, -frame.length) : explanation;
}
