import { describe, expect, it } from 'vitest';
import { readReport, splitCores } from './load.ts';

const report = `Running 1s test @ http://127.0.0.1:4000/
  1 threads and 64 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     1.01ms  240.36us   7.58ms   94.46%
    Req/Sec    63.60k     2.04k   65.97k    81.82%
  Latency Distribution
     50%  973.00us
     75%    1.05ms
     90%    1.16ms
     99%    2.01ms
  69572 requests in 1.10s, 10.09MB read
Requests/sec:  63258.11
Transfer/sec:      9.17MB
`;

describe('readReport()', () => {
  it('takes the rate and two percentiles in milliseconds', () => {
    expect(readReport(report)).toEqual({ requestsPerSecond: 63258.11, p50: 0.973, p99: 2.01 });
  });

  it('refuses figures of a server that failed', () => {
    const refused = `${report}  Non-2xx or 3xx responses: 12\n`;
    expect(() => readReport(refused)).toThrow('Non-2xx or 3xx responses: 12');
    expect(() => readReport(`  Socket errors: connect 0, read 3, write 0, timeout 0\n${report}`)).toThrow(
      'read 3',
    );
  });
});

describe('splitCores()', () => {
  it('leaves the last core to the load, which shares where there is no other', () => {
    expect(splitCores(4)).toEqual({ server: '0-2', load: '3' });
    expect(splitCores(2)).toEqual({ server: '0', load: '1' });
    expect(splitCores(1)).toEqual({ server: '0', load: '0' });
  });
});
