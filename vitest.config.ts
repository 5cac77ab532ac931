import { defineConfig, type ViteUserConfig } from 'vitest/config';
import { TallyReporter } from './e2e/harness/tally-reporter.ts';

const config: ViteUserConfig = defineConfig({
  test: {
    reporters: ['default', new TallyReporter()],
    projects: [
      {
        test: {
          name: 'unit',
          include: ['{proto,shim,runtime,image-builder,docker,bench}/**/*.test.ts', 'e2e/harness/*.test.ts'],
          testTimeout: 20_000,
          // What is waited for comes at once or not at all, but a busy machine may take its time.
          expect: { poll: { timeout: 10_000 } },
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['e2e/*.e2e.ts'],
          // After the unit tests and one at a time: each takes stock of what it leaves behind.
          sequence: { groupOrder: 1 },
          fileParallelism: false,
          // Real daemons start, pull and stop inside these: generous limits, no sleeps.
          testTimeout: 120_000,
          hookTimeout: 300_000,
        },
      },
    ],
  },
});

export default config;
