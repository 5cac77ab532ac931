import { describe, expect, it } from 'vitest';
import { report } from './testdata/test-panel.ts';
import { CountsByWorker } from './worker-counts.ts';

describe('CountsByWorker', () => {
  it('counts what became of requests, limits met and outbound requests, by worker', () => {
    const counts = new CountsByWorker();
    counts.request(report({ worker: 'a.js' }));
    counts.request(
      report({ worker: 'a.js', outcome: 'timeout', timings: { body: 0, queued: 0, ran: 9, total: 10 } }),
    );
    counts.request(report({ worker: undefined, outcome: 'file' }));
    counts.event({ kind: 'limit', limit: 'queue', worker: 'a.js' });
    counts.event({ kind: 'limit', limit: 'bodyBytes', worker: undefined });
    counts.event({
      kind: 'outbound',
      worker: 'a.js',
      outcome: 'refused',
      status: undefined,
      milliseconds: 1,
    });
    expect(counts.of('a.js')).toEqual({
      requests: 2,
      outcomes: { answered: 1, timeout: 1 },
      totalMs: 14,
      slowestMs: 10,
      limits: { queue: 1 },
      outbound: { answered: 0, refused: 1, failed: 0 },
    });
    expect(counts.of('b.js').requests).toBe(0);
  });
});
