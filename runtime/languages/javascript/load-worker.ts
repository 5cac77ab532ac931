import { type Engine, GuestException } from './engine.ts';
import { type Box, EVAL_MODULE, EVAL_SCRIPT } from './engine-exports.ts';
import { HOST_FUNCTIONS, PRELUDE_PREFIX, type WorkerHost } from './worker-host.ts';

/** The prelude's functions that the host calls, as boxes in the guest's memory. */
export interface WorkerEntry {
  readonly handle: Box;
  readonly describe: Box;
}

export interface WorkerSource {
  /** As stack traces show it: the path below the project's root. */
  readonly name: string;
  readonly text: string;
  readonly vars: Readonly<Record<string, string>>;
}

/**
 * Evaluates the prelude, then the worker with its variables set, once. What is left behind is the state that
 * every request starts from.
 *
 * @throws Error naming the worker, with line, column and stack where its own code failed
 */
export function loadWorker(engine: Engine, host: WorkerHost, source: WorkerSource): WorkerEntry {
  const prelude = loadPrelude(engine, host);
  const entry = {
    handle: engine.property(prelude, 'handle'),
    describe: engine.property(prelude, 'describe'),
  };
  try {
    engine.call(engine.property(prelude, 'defineVariables'), [engine.newText(JSON.stringify(source.vars))]);
    engine.call(engine.property(prelude, 'adopt'), [evaluateWorker(engine, host, source)]);
    engine.runJobs();
    for (const { reason } of host.takeRejections()) throw new GuestException(reason);
  } catch (error) {
    throw loadError(source.name, explain(engine, entry, error), host);
  }
  engine.exports.qjs_run_gc();
  return entry;
}

/** What a failed run has to say: for a guest's exception the text, then its stack from the second line on. */
export function explain(engine: Engine, entry: WorkerEntry, error: unknown): string {
  if (!(error instanceof GuestException)) return error instanceof Error ? error.message : String(error);
  try {
    return engine.text(engine.call(entry.describe, [error.value]));
  } catch (second) {
    return `An exception that cannot be shown (${second instanceof Error ? second.message : String(second)})`;
  }
}

function loadPrelude(engine: Engine, host: WorkerHost): Box {
  const functions = engine.exports.qjs_new_object();
  for (const name of HOST_FUNCTIONS) {
    engine.setProperty(functions, name, engine.newHostFunction(name));
  }
  engine.setProperty(engine.exports.qjs_get_global(), 'host', functions);
  const name = `${PRELUDE_PREFIX}worker`;
  const promise = engine.evaluate(host.readModule(name), name, EVAL_MODULE);
  engine.runJobs();
  const namespace = engine.settled(promise);
  if (namespace === undefined) throw new Error('Cannot load the prelude: it waits for something');
  host.closePrelude();
  return namespace;
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

/** A file that parses as a script is one; of a file that parses as neither, its words decide. */
function isModule(engine: Engine, name: string, text: string): boolean {
  if (engine.parses(text, name, EVAL_SCRIPT)) return false;
  return engine.parses(text, name, EVAL_MODULE) || /^\s*(import|export)\b/m.test(text);
}

function loadError(name: string, explanation: string, host: WorkerHost): Error {
  const at = explanation.indexOf(`${name}:`);
  const place = at < 0 ? undefined : /^:\d+(:\d+)?/.exec(explanation.slice(at + name.length))?.[0];
  const output = Buffer.from(host.stderr.take()).toString();
  const printed = output === '' ? '' : `\nIt printed:\n${output.trimEnd()}`;
  return new Error(
    `Cannot load worker "${name}"${place ? ` at ${name}${place}` : ''}: ${explanation}${printed}`,
  );
}
