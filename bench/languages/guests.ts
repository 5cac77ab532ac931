import { readFileSync } from 'node:fs';
import path from 'node:path';
import { loadInterpretedGuest } from '#runtime/languages/interpreted/guest.ts';
import type { InterpretedSpec } from '#runtime/languages/interpreted/interpreted-spec.ts';
import { loadPlainGuest } from '#runtime/languages/interpreted/plain-guest.ts';
import { readPrelude } from '#runtime/languages/javascript/engine-files.ts';
import { evaluatePrelude } from '#runtime/languages/javascript/evaluate-prelude.ts';
import { loadJavaScriptGuest } from '#runtime/languages/javascript/guest.ts';
import { GuestFiles } from '#runtime/languages/javascript/guest-files.ts';
import { loadWorker } from '#runtime/languages/javascript/load-worker.ts';
import { MemoryImage } from '#runtime/languages/javascript/memory-image.ts';
import { enginePrepared, type Prelude, preludeFor } from '#runtime/languages/javascript/prelude.ts';
import { Seat } from '#runtime/languages/javascript/seat.ts';
import { WorkerHost } from '#runtime/languages/javascript/worker-host.ts';
import { type TestInterpreter, testInterpreter } from '#runtime/languages/testdata/interpreters.ts';
import type { Guest, GuestSpec, WorkerRequest } from '#runtime/worker/guest.ts';
import { guestSpec } from '#runtime/worker/testdata/guest-spec.ts';

/** A language under measurement: a worker as it is served, and the same with its language started for each request. */
export interface MeasuredLanguage {
  readonly row: string;
  readonly restored: Guest;
  readonly full: Guest;
  /** Requests of one sample: enough for a median, few where each starts an interpreter. */
  readonly requests: { readonly restored: number; readonly full: number };
}

export const REQUEST: WorkerRequest = {
  url: 'http://localhost:3000/hello?name=world',
  method: 'GET',
  headers: { host: 'localhost:3000', accept: '*/*', 'user-agent': 'bench' },
  body: '',
  kv: {},
  params: {},
};

/** `scratch` is a directory for files of those that are started each time. */
export async function measuredLanguages(scratch: string): Promise<readonly MeasuredLanguage[]> {
  const javascript = guestSpec({
    language: 'javascript',
    file: path.join(import.meta.dirname, '../http/worker.js'),
  });
  return [
    {
      row: 'js',
      restored: await loadJavaScriptGuest(javascript),
      full: await startedEachTime(javascript),
      requests: { restored: 1000, full: 20 },
    },
    await interpreted({
      row: 'python',
      file: 'worker.py',
      interpreter: 'python 3.12',
      full: 'python 3.12',
      scratch,
    }),
    await interpreted({ row: 'ruby', file: 'worker.rb', interpreter: 'ruby 3.4', full: 'ruby 3.2', scratch }),
  ];
}

interface InterpretedWorker {
  readonly row: string;
  readonly file: string;
  readonly interpreter: TestInterpreter;
  /** The build that is started for each request: Ruby 3.4 is a library, and has no program in it. */
  readonly full: TestInterpreter;
  readonly scratch: string;
}

async function interpreted(worker: InterpretedWorker): Promise<MeasuredLanguage> {
  const { row, scratch } = worker;
  const spec: InterpretedSpec = {
    ...guestSpec({ language: 'interpreted', file: path.join(import.meta.dirname, worker.file), scratch }),
    interpreter: await testInterpreter(worker.interpreter),
  };
  return {
    row,
    restored: await loadInterpretedGuest(spec, () => {}),
    full: await loadPlainGuest({ ...spec, interpreter: await testInterpreter(worker.full) }),
    requests: { restored: 200, full: 1 },
  };
}

/** JavaScript without images: the engine boots, evaluates the Web APIs and the worker, and answers. */
async function startedEachTime(spec: GuestSpec): Promise<Guest> {
  const { limits, name, vars, folders } = spec;
  const { module } = await preludeFor(limits.memory);
  const text = readFileSync(spec.file, 'utf8');
  return {
    handle(request, calls) {
      const prelude: Prelude = { module, image: evaluatePrelude(module, readPrelude()) };
      const host = new WorkerHost(limits, {
        filesFor: (onFull) => new GuestFiles(folders, limits, onFull),
      });
      const engine = enginePrepared(prelude, host, limits.memory);
      const { functions, dataStart } = prelude.image;
      loadWorker(engine, host, functions, { name, text, vars });
      const image = MemoryImage.take(engine, dataStart);
      return new Seat(
        { module, functions, image, dataStart, hasRoom: false, nearMemory: limits.memory },
        host,
        engine,
      ).handle(request, calls);
    },
  };
}
