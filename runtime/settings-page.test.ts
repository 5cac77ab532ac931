import path from 'node:path';
import { expect, it } from 'vitest';
import { DEFAULT_LIMITS } from './languages/javascript/limits.ts';
import { SETTINGS, type Setting } from './settings.ts';
import { defaultLimits, formatBytes } from './wasi/limits.ts';

const PREAMBLE = `# Limits

Everything hostile or unlucky input could use up has a bound. This table is written by a test from the code
(\`npx vitest run -u runtime/settings-page\`); none of the values can be changed from inside an image.
`;

function value({ default: value, unit }: Setting): string {
  if (unit === 'bytes') return formatBytes(value);
  if (unit === 'ms') return value % 1000 === 0 ? `${value / 1000} s` : `${value} ms`;
  return value.toLocaleString('en');
}

it('docs/limits.md has every limit with its default', async () => {
  const rows = Object.entries(SETTINGS).map(([name, setting]) => [name, value(setting), setting.doc]);
  const guest = [
    [
      'memory',
      formatBytes(defaultLimits.memory),
      'Linear memory of a compiled module; growing beyond fails in the guest',
    ],
    [
      'stdout',
      formatBytes(defaultLimits.stdout),
      'Output of a compiled worker for one request; then it is stopped',
    ],
    [
      'stderr',
      formatBytes(defaultLimits.stderr),
      'Log text of a compiled worker kept for one request; the rest is counted',
    ],
    ['descriptors', `${defaultLimits.descriptors}`, 'Open files of one guest, with stdio and its folders'],
    [
      'memoryBytes',
      formatBytes(DEFAULT_LIMITS.memoryBytes),
      'Memory of a JavaScript worker: engine, heap and stack',
    ],
    [
      'stderrBytes',
      formatBytes(DEFAULT_LIMITS.stderrBytes),
      'Log text of a JavaScript worker kept for one request',
    ],
  ];
  const table = (lines: readonly (readonly string[])[]): string =>
    [
      '| name | default | what it bounds |',
      '|---|---|---|',
      ...lines.map((line) => `| ${line.join(' | ')} |`),
    ].join('\n');
  const page = `${PREAMBLE}\n## Server and project\n\n${table(rows)}\n\n## Guests\n\n${table(guest)}\n`;
  await expect(page).toMatchFileSnapshot(path.join(import.meta.dirname, '../docs/limits.md'));
});
