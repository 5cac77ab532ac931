import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SETTINGS } from '#runtime/settings.ts';
import { WORKER_LIMITS } from '#runtime/worker-limits.ts';
import { ExpositionWriter } from './exposition.ts';
import { Metrics, type RuntimeState } from './metrics.ts';
import { OTHER } from './series.ts';
import type { RequestReport } from './telemetry.ts';
import { parseExposition } from './testdata/parse-exposition.ts';

const IDLE: RuntimeState = { threads: 2, waiting: 0, open: [], connections: 3, droppedLogEntries: 4 };

function report(parts: Partial<RequestReport> = {}): RequestReport {
  return {
    id: '1',
    began: 0,
    method: 'GET',
    target: '/secret-path',
    route: '/a',
    worker: 'a.js',
    status: 200,
    bytes: 10,
    outcome: 'answered',
    timings: { body: 0, queued: 1, ran: 2, total: 4 },
    problem: undefined,
    said: '',
    ...parts,
  };
}

/** The one sample of a family with these labels. */
function value(metrics: Metrics, name: string, labels: object = {}, family = name): number | undefined {
  const { samples = [] } = parseExposition(metrics.text(IDLE)).get(family) ?? {};
  return samples.find((one) => one.name === name && JSON.stringify(one.labels) === JSON.stringify(labels))
    ?.value;
}

describe('the text format 0.0.4', () => {
  it('carries any label value through its grammar', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' })), (values) => {
        const writer = new ExpositionWriter();
        writer.family('a_total', 'counter', 'A \\ line\nfeed.');
        const labels = [...new Set(values.map((text) => text.toWellFormed()))];
        for (const label of labels) writer.sample('a_total', 1, { label });
        const family = parseExposition(writer.toString()).get('a_total');
        expect(family?.samples.map((sample) => sample.labels['label'])).toEqual(labels);
        expect(family?.help).toBe('A \\\\ line\\nfeed.');
      }),
    );
  });

  it.each([0, 1.5, 1e21, 1e-7, -3, Number.POSITIVE_INFINITY, Number.NaN])(
    'carries the number %d',
    (number) => {
      const writer = new ExpositionWriter();
      writer.single('a', 'gauge', 'A.', number);
      expect(parseExposition(writer.toString()).get('a')?.samples[0]?.value).toBe(number);
    },
  );
});

describe('Metrics', () => {
  it('counts requests by worker, outcome and class of status', () => {
    const metrics = new Metrics();
    for (const status of [200, 204, 404]) metrics.request(report({ status }));
    metrics.request(report({ worker: undefined, outcome: 'file' }));
    const of = (worker: string, outcome: string, status: string): number | undefined =>
      value(metrics, 'wws_requests_total', { worker, outcome, class: status });
    expect([of('a.js', 'answered', '2xx'), of('a.js', 'answered', '4xx'), of('', 'file', '2xx')]).toEqual([
      2, 1, 1,
    ]);
    expect(value(metrics, 'wws_response_bytes_total', { worker: 'a.js' })).toBe(30);
  });

  it('puts each duration into its bucket', () => {
    const metrics = new Metrics();
    for (const total of [0.5, 1, 1.1, 40_000]) {
      metrics.request(report({ timings: { body: 0, queued: 0, ran: 0, total } }));
    }
    const family = 'wws_request_duration_seconds';
    const below = (le: string): number | undefined =>
      value(metrics, `${family}_bucket`, { worker: 'a.js', le }, family);
    expect([below('0.001'), below('0.0025'), below('30'), below('+Inf')]).toEqual([2, 3, 3, 4]);
    expect(value(metrics, `${family}_sum`, { worker: 'a.js' }, family)).toBeCloseTo(40.0026);
  });

  it('has a series for every limit there is, met or not', () => {
    const metrics = new Metrics();
    metrics.event({ kind: 'limit', limit: 'memory', worker: 'a.js' });
    const { samples = [] } = parseExposition(metrics.text(IDLE)).get('wws_limit_hits_total') ?? {};
    const names = new Set(samples.map((sample) => sample.labels['limit']));
    expect([...names].sort()).toEqual([...Object.keys(WORKER_LIMITS), ...Object.keys(SETTINGS)].sort());
    expect(value(metrics, 'wws_limit_hits_total', { worker: 'a.js', limit: 'memory' })).toBe(1);
    expect(value(metrics, 'wws_limit_hits_total', { worker: '', limit: 'memory' })).toBe(0);
  });

  it('counts threads, outbound requests and K/V operations', () => {
    const metrics = new Metrics();
    const worker = 'a.js';
    metrics.event({ kind: 'thread', what: 'timeout', worker });
    metrics.event({ kind: 'outbound', worker, outcome: 'refused', status: undefined, milliseconds: 1 });
    metrics.event({ kind: 'outbound', worker, outcome: 'answered', status: 301, milliseconds: 2 });
    metrics.event({ kind: 'kv', worker, operation: 'write', ok: false, milliseconds: 1 });
    expect(value(metrics, 'wws_thread_events_total', { worker, event: 'timeout' })).toBe(1);
    const outbound = 'wws_outbound_requests_total';
    expect(value(metrics, outbound, { worker, outcome: 'refused', class: '' })).toBe(1);
    expect(value(metrics, outbound, { worker, outcome: 'answered', class: '3xx' })).toBe(1);
    const kv = { worker, operation: 'write', result: 'failed' };
    expect(value(metrics, 'wws_kv_operations_total', kv)).toBe(1);
  });

  it('says how busy the runtime is, and how large', () => {
    const text = new Metrics().text({ ...IDLE, waiting: 5, open: [['b.wasm', 7]] });
    const families = parseExposition(text);
    const only = (name: string): number | undefined => families.get(name)?.samples[0]?.value;
    expect([only('wws_threads'), only('wws_queue_length'), only('wws_connections')]).toEqual([2, 5, 3]);
    expect([only('wws_requests_open'), only('wws_log_dropped_total')]).toEqual([7, 4]);
    expect(only('process_resident_memory_bytes')).toBeGreaterThan(1e6);
    expect(only('nodejs_heap_size_used_bytes')).toBeGreaterThan(1e5);
  });

  it('names no path and has a bound, whatever workers come and go', () => {
    const metrics = new Metrics();
    for (let index = 0; index < 5_000; index += 1) metrics.request(report({ worker: `${index}.js` }));
    const text = metrics.text(IDLE);
    const { samples = [] } = parseExposition(text).get('wws_requests_total') ?? {};
    expect(samples.length).toBeLessThanOrEqual(2_001);
    expect(samples.reduce((sum, sample) => sum + sample.value, 0)).toBe(5_000);
    expect(samples.at(-1)?.labels['worker']).toBe(OTHER);
    expect(text).not.toContain('secret-path');
  });
});
