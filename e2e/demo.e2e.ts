import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { run } from './harness/command.ts';
import { CHECKOUT } from './harness/machine.ts';

describe('make demo', () => {
  it('shows three answers of an app in a container, and its end with exit code 0', async () => {
    const printed = await run([process.execPath, path.join(CHECKOUT, 'e2e/demo.ts')], {
      env: { ...(process.env as Record<string, string>) },
    });
    expect(printed).toContain('--runtime io.containerd.wws.v1 docker.io/library/hello:latest');
    expect(printed).toMatch(/^GET +\/ +200 {2}Hello from JavaScript\..* visits in this instance: 1/m);
    expect(printed).toMatch(
      /^GET +\/count +200 {2}Hello from compiled WebAssembly\..* visits in this instance: 1/m,
    );
    expect(printed).toMatch(/^GET +\/users\/7 +200 {2}\{"id":"7","greeting":"Welcome, user 7"\}/m);
    expect(printed).toMatch(/^stop +SIGTERM, drained, exit code 0/m);
  });
});
