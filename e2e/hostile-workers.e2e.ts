import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from './harness/free-port.ts';
import { languageProject } from './harness/language-project.ts';
import { LANGUAGES, type TableLanguage } from './harness/language-table.ts';
import { Wws } from './harness/wws.ts';

/** What a worker finds of its own state, by kind. */
type Found = Readonly<Record<string, unknown>>;

/** What stops a request: its status, and the limits that are counted as met. */
interface Stop {
  readonly status: number;
  readonly limits: readonly string[];
}

const TIME: Stop = { status: 504, limits: ['time'] };
const MEMORY: Stop = { status: 500, limits: ['memory'] };
const OUTPUT: Stop = { status: 500, limits: ['output'] };
/** The language itself sees that it cannot go on, or the engine's stack is full. */
const FAILURE: Stop = { status: 500, limits: [] };

/** What it does: as the queries of `/hostile` are called. */
type Harm = 'loop' | 'recurse' | 'allocate' | 'flood' | 'never';

interface Expected {
  /** Kinds of state that a request can change for itself. */
  readonly changes: readonly string[];
  readonly stops: Readonly<Record<Harm, Stop>>;
}

const EXPECTED: Readonly<Record<TableLanguage['name'], Expected>> = {
  JavaScript: {
    // Nothing stays open between two calls of node:fs.
    changes: ['globals', 'builtins', 'environment'],
    // What it prints goes to the log, where the rest is dropped.
    stops: { loop: TIME, recurse: FAILURE, allocate: MEMORY, flood: TIME, never: FAILURE },
  },
  Python: {
    changes: ['globals', 'builtins', 'environment', 'files'],
    stops: { loop: TIME, recurse: FAILURE, allocate: MEMORY, flood: TIME, never: FAILURE },
  },
  Ruby: {
    changes: ['globals', 'builtins', 'environment', 'files'],
    stops: { loop: TIME, recurse: FAILURE, allocate: MEMORY, flood: OUTPUT, never: TIME },
  },
  Rust: {
    // It has no builtins that could be changed.
    changes: ['globals', 'environment', 'files'],
    stops: { loop: TIME, recurse: FAILURE, allocate: MEMORY, flood: OUTPUT, never: TIME },
  },
  Go: {
    changes: ['globals', 'builtins', 'environment', 'files'],
    stops: { loop: TIME, recurse: FAILURE, allocate: MEMORY, flood: OUTPUT, never: FAILURE },
  },
};

const REQUESTS = 10_000;
const AT_ONCE = 16;

describe('a hostile worker', () => {
  let project: string;
  let metrics: string;
  let wws: Wws;

  beforeAll(async () => {
    project = await mkdtemp(path.join(tmpdir(), 'wws-hostile-'));
    await languageProject(project);
    const port = await freePort();
    metrics = `http://127.0.0.1:${port}/metrics`;
    wws = await Wws.serve(project, '--metrics', String(port));
  });

  afterAll(async () => {
    await wws?.[Symbol.asyncDispose]();
    await rm(project, { recursive: true });
  });

  /** How often the worker in `folder` has met each of its limits. */
  async function limitsMet(folder: string): Promise<ReadonlyMap<string, number>> {
    const text = await (await fetch(metrics)).text();
    const lines = text.matchAll(/^wws_limit_hits_total\{worker="(\w+)\/hostile.+",limit="(\w+)"\} (\d+)$/gm);
    const own = [...lines].filter(([, language]) => language === folder);
    return new Map(own.map(([, , limit = '', count]) => [limit, Number(count)]));
  }

  describe.each(LANGUAGES)('in $name', ({ name, folder }) => {
    const { changes, stops } = EXPECTED[name];

    const ask = (what: string): Promise<Response> => fetch(`${wws.url}/${folder}/hostile?${what}`);

    /** The answer to a request that must succeed. */
    async function told(what: string): Promise<unknown> {
      const response = await ask(what);
      const body = await response.text();
      if (!response.ok) throw new Error(`The worker cannot tell "${what}": ${response.status}: ${body}`);
      return JSON.parse(body);
    }

    const found = async (): Promise<Found> => (await told('found')) as Found;

    it(`leaves nothing for the next request: ${changes.join(', ')}, files in /tmp`, async () => {
      const first = await found();
      expect(Object.keys(first).sort()).toEqual([...changes, 'tmp'].sort());
      for (let turn = 0; turn < 3; turn++) {
        const tainted = (await told('taint')) as Found;
        for (const kind of changes) expect([kind, tainted[kind]]).not.toEqual([kind, first[kind]]);
        // There is no /tmp where a file could stay.
        expect(tainted['tmp']).toBe(false);
        expect(await found()).toEqual(first);
      }
    });

    it.each(Object.entries(stops).map(([harm, stop]) => ({ harm, ...stop })))(
      'has the answer $status to "$harm", and serves the next request',
      async ({ harm, status, limits }) => {
        const first = await found();
        const before = await limitsMet(folder);
        const response = await ask(harm);
        await response.arrayBuffer();
        expect(response.status).toBe(status);
        expect(await found()).toEqual(first);
        const met = [...(await limitsMet(folder))].filter(([limit, count]) => count !== before.get(limit));
        expect(met.map(([limit]) => limit)).toEqual(limits);
      },
    );

    it(`draws other random numbers in each of ${REQUESTS} requests`, async () => {
      const numbers = new Set<string>();
      let drawn = 0;
      let left = REQUESTS;
      const client = async (): Promise<void> => {
        while (left > 0) {
          left -= 1;
          for (const number of (await told('random')) as string[]) {
            numbers.add(number);
            drawn += 1;
          }
        }
      };
      await Promise.all(Array.from({ length: AT_ONCE }, client));
      expect(drawn).toBeGreaterThanOrEqual(2 * REQUESTS);
      expect(numbers.size).toBe(drawn);
    });
  });
});
