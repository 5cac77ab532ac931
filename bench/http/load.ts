import { availableParallelism } from 'node:os';
import { run } from '#e2e/harness/command.ts';

/** Which cores serve and which make the load, as `taskset` lists them: the same for ours and for the yardstick. */
export interface Cores {
  readonly server: string;
  readonly load: string;
}

/** The last core makes the load; where there is but one, it does both. */
export function splitCores(count: number = availableParallelism()): Cores {
  if (count < 2) return { server: '0', load: '0' };
  return { server: count === 2 ? '0' : `0-${count - 2}`, load: String(count - 1) };
}

/** What `wrk` measured in one go. */
export interface Load {
  readonly requestsPerSecond: number;
  /** Latencies in milliseconds. */
  readonly p50: number;
  readonly p99: number;
}

export interface LoadOptions {
  readonly url: string;
  readonly connections: number;
  readonly seconds: number;
  readonly cores: string;
}

/** Loads a server; rejects unless every request was answered with success. */
export async function load({ url, connections, seconds, cores }: LoadOptions): Promise<Load> {
  const wrk = ['wrk', '--latency', '-t1', `-c${connections}`, `-d${seconds}s`, url];
  const report = await run(['taskset', '-c', cores, ...wrk], { timeoutMs: (seconds + 10) * 1000 });
  return readReport(report);
}

const UNITS: Readonly<Record<string, number>> = { us: 0.001, ms: 1, s: 1000, m: 60_000 };

/** Reads what `wrk --latency` prints. @throws Error when a request failed, or the report has another form */
export function readReport(report: string): Load {
  const failures = /^ *(Socket errors|Non-2xx).*$/m.exec(report)?.[0];
  if (failures !== undefined) throw new Error(`Cannot measure: wrk reports ${failures.trim()}`);
  const rate = /^Requests\/sec: *([\d.]+)$/m.exec(report)?.[1];
  if (rate === undefined) throw new Error(`Cannot read the report of wrk:\n${report}`);
  return { requestsPerSecond: Number(rate), p50: percentile(report, 50), p99: percentile(report, 99) };
}

function percentile(report: string, percent: number): number {
  const [, value, unit = ''] = new RegExp(`^ *${percent}% *([\\d.]+)([a-z]+)$`, 'm').exec(report) ?? [];
  const factor = UNITS[unit];
  if (value === undefined || factor === undefined)
    throw new Error(`Cannot read the report of wrk:\n${report}`);
  return Number(value) * factor;
}
