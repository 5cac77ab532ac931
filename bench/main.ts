import { parseArgs } from 'node:util';
import { formatJson, formatTable, type Row } from './report.ts';
import type { Suite } from './suite.ts';
import { measureFirstRequest } from './suites/first-request.ts';
import { measureHttp } from './suites/http.ts';
import { measureLanguages } from './suites/languages.ts';
import { measureStart } from './suites/start.ts';

const suites: Readonly<Record<string, Suite>> = {
  start: measureStart,
  http: measureHttp,
  languages: measureLanguages,
  'first-request': measureFirstRequest,
};

const usage = `Usage: npm run bench -- [SUITE...] [--json] [--runs N] [--server-cores LIST] [--load-cores LIST]

Measures ours and its peers interleaved in one run and prints medians, spread and ratios.

Suites: ${Object.keys(suites).join(', ')} (none given: all)

  --json               one JSON object a row
  --runs N             samples of each row (default 15)
  --server-cores LIST  cores for the servers of suite http, ours and the yardstick alike
                       (default all but the last)
  --load-cores LIST    cores for what loads them (default the last)

Examples:
  npm run bench -- start
  npm run bench -- start --json --runs 5
  npm run bench -- http --server-cores 0-1 --load-cores 1
`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'boolean' },
    runs: { type: 'string' },
    'server-cores': { type: 'string' },
    'load-cores': { type: 'string' },
    help: { type: 'boolean', short: 'h' },
  },
});
/** As `taskset --cpu-list` reads it. */
const CORES = /^\d+(-\d+)?(,\d+(-\d+)?)*$/;
const { 'server-cores': serverCores, 'load-cores': loadCores } = values;
const badCores = [serverCores, loadCores].find((cores) => cores !== undefined && !CORES.test(cores));
const runs = Number(values.runs ?? 15);
const unknown = positionals.filter((name) => !(name in suites));
if (values.help) {
  process.stdout.write(usage);
} else if (unknown.length > 0 || badCores !== undefined || !Number.isInteger(runs) || runs < 1) {
  const problem =
    unknown.length > 0
      ? `no suite "${unknown.join('", "')}"`
      : badCores !== undefined
        ? `"${badCores}" is no list of cores (0, 0-1, 0,2)`
        : `--runs "${values.runs}" is no count`;
  process.stderr.write(`Cannot measure: ${problem}\n\n${usage}`);
  process.exitCode = 2;
} else {
  const rows: Row[] = [];
  for (const name of positionals.length > 0 ? positionals : Object.keys(suites)) {
    const progress = (line: string): void => void process.stderr.write(`${name}: ${line}\n`);
    rows.push(...((await suites[name]?.({ runs, progress, serverCores, loadCores })) ?? []));
  }
  process.stdout.write(`${values.json ? formatJson(rows) : formatTable(rows)}\n`);
}
