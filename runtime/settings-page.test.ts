import path from 'node:path';
import { expect, it } from 'vitest';
import { SETTINGS, type Setting } from './settings.ts';
import { formatBytes } from './wasi/limits.ts';
import { WORKER_LIMITS } from './worker-limits.ts';

const PREAMBLE = `# Limits

Everything hostile or unlucky input could use up has a bound. This table is written by a test from the code
(\`npx vitest run -u runtime/settings-page\`); nothing in an image can make any of them larger.
`;

const WORKER_NOTE = `A worker's \`.toml\` makes them smaller, by these names:

\`\`\`toml
[limits]
memory = "64 MiB"
time = "5 s"
\`\`\`
`;

function value({ default: value, unit }: Pick<Setting, 'default' | 'unit'>): string {
  if (unit === 'bytes') return formatBytes(value);
  if (unit === 'ms') return value % 1000 === 0 ? `${value / 1000} s` : `${value} ms`;
  return value.toLocaleString('en');
}

it('docs/limits.md has every limit with its default', async () => {
  const rows = Object.entries(SETTINGS).map(([name, setting]) => [name, value(setting), setting.doc]);
  const guest = Object.entries(WORKER_LIMITS).map(([name, limit]) => [name, value(limit), limit.doc]);
  const table = (lines: readonly (readonly string[])[]): string =>
    [
      '| name | default | what it bounds |',
      '|---|---|---|',
      ...lines.map((line) => `| ${line.join(' | ')} |`),
    ].join('\n');
  const page = `${PREAMBLE}\n## Server and project\n\n${table(rows)}\n\n## Each worker\n\n${WORKER_NOTE}\n${table(guest)}\n`;
  await expect(page).toMatchFileSnapshot(path.join(import.meta.dirname, '../docs/limits.md'));
});
