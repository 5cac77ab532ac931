import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Outcome } from './harness/command.ts';
import type { Containerd } from './harness/containerd.ts';
import { RUNTIME } from './harness/ctr.ts';
import type { Docker } from './harness/docker.ts';
import { dockerfile } from './harness/fixtures.ts';
import { writePlatformArchive } from './harness/platform-archive.ts';
import { type Stage, stageContainerd, stageDocker } from './harness/stages.ts';

/** Ways in which tools and documents write down the platform of a WebAssembly image. */
const SPELLINGS = ['wasi/wasm', 'wasi/wasm32', 'wasm32/wasi', 'wasip1/wasm'] as const;

/** What one engine does with each spelling: step → spelling → outcome. */
type Findings = ReadonlyMap<string, ReadonlyMap<string, string>>;

const PREAMBLE = `# Platform spellings

An image says in its configuration which \`os/architecture\` it is for. For WebAssembly several spellings are
in use; \`wasm-image build\` writes \`wasi/wasm\`. This is what each engine does with an image of a plain WASI
command under each of them. The table is written by a test (\`e2e/platforms.e2e.ts\`) that fails when an
engine does something else.
`;

describe('platform spellings', () => {
  const containerds = {
    'containerd 1.6': stageContainerd('host'),
    'containerd 1.7': stageContainerd('trixie'),
  };
  const dockers = { 'Docker 26': stageDocker('trixie') };
  // Debian testing: these go on to newer releases, whose words may be others.
  const rolling = {
    containerd: { name: 'containerd 2', stage: stageContainerd('forky') },
    docker: { name: 'Docker 28 and newer', stage: stageDocker('forky') },
  };

  it('are treated by each engine as docs/platforms.md says', async () => {
    const findings = new Map<string, Findings>();
    for (const [name, stage] of Object.entries(containerds)) findings.set(name, await tryContainerd(stage));
    for (const [name, stage] of Object.entries(dockers)) findings.set(name, await tryDocker(stage));
    const { containerd, docker } = rolling;
    findings.set(containerd.name, withoutReasons(await tryContainerd(containerd.stage)));
    findings.set(docker.name, withoutReasons(await tryDocker(docker.stage)));
    await expect(page(findings)).toMatchFileSnapshot(path.join(import.meta.dirname, '../docs/platforms.md'));
  }, 600_000);
});

async function tryContainerd(stage: Stage<Containerd>): Promise<Findings> {
  const { ctr } = stage.daemon;
  const imported = new Map<string, string>();
  const importedAll = new Map<string, string>();
  const run = new Map<string, string>();
  for (const spelling of SPELLINGS) {
    const image = `docker.io/wws-e2e/spelled:${spelling.replace('/', '-')}`;
    const archive = await spelledArchive(stage, spelling, image);
    imported.set(spelling, said(await ctr.attempt(['images', 'import', archive])));
    importedAll.set(spelling, said(await ctr.attempt(['images', 'import', '--all-platforms', archive])));
    run.set(spelling, said(await ctr.runToEnd({ image, id: 'spelled' })));
    await ctr.discardAll();
  }
  return new Map([
    ['`ctr images import` of a docker-archive', imported],
    ['the same with `--all-platforms`', importedAll],
    [`\`ctr run --runtime ${RUNTIME}\``, run],
  ]);
}

async function tryDocker(stage: Stage<Docker>): Promise<Findings> {
  const { cli } = stage.daemon;
  const built = new Map<string, string>();
  const loaded = new Map<string, string>();
  const run = new Map<string, string>();
  const runAsWasi = new Map<string, string>();
  const runPlain = new Map<string, string>();
  for (const spelling of SPELLINGS) {
    const image = `wws-e2e/spelled:${spelling.replace('/', '-')}`;
    const file = await stage.machine.lend(dockerfile('command'));
    const context = await stage.machine.lend(stage.fixtures.command);
    const build = [
      'buildx',
      'build',
      '--platform',
      spelling,
      '--provenance=false',
      '-t',
      'wws-e2e/spelled:built',
    ];
    built.set(spelling, said(await cli.attempt([...build, '-f', file, context])));
    loaded.set(
      spelling,
      said(await cli.attempt(['load', '-i', await spelledArchive(stage, spelling, image)])),
    );
    const flags = ['run', '--rm', `--runtime=${RUNTIME}`];
    run.set(spelling, said(await cli.attempt([...flags, `--platform=${spelling}`, image])));
    const asWasi = '--platform=wasi/wasm';
    runAsWasi.set(spelling, said(await cli.attempt([...flags, '--pull=never', asWasi, image])));
    runPlain.set(spelling, said(await cli.attempt([...flags, '--pull=never', image])));
  }
  return new Map([
    ['`docker buildx build --platform SPELLING`', built],
    ['`docker load`', loaded],
    ['`docker run --platform SPELLING`', run],
    ['`docker run --platform wasi/wasm`', runAsWasi],
    ['`docker run` without `--platform`', runPlain],
  ]);
}

async function spelledArchive(
  { fixtures, machine }: Stage<Containerd> | Stage<Docker>,
  platform: string,
  image: string,
): Promise<string> {
  const file = path.join(machine.directory, `${platform.replace('/', '-')}.tar`);
  await writePlatformArchive(file, { platform, image, command: path.join(fixtures.command, 'command.wasm') });
  return file;
}

/** `ok`, with a warning if there was one, or the reason, without what differs from run to run. */
function said({ code, stderr }: Outcome): string {
  const lines = stderr.split('\n').map((line) => line.trim());
  if (code === 0)
    return lines.some((line) => line.startsWith('WARNING:')) ? 'ok, with a platform warning' : 'ok';
  const reason = lines.findLast((line) => /^(ctr:|docker:|ERROR:|error)/i.test(line)) ?? lines[0] ?? '';
  return `fails: ${reason
    .replace(/^(docker: Error response from daemon|Error response from daemon|ctr|ERROR): /, '')
    .replace(/sha256:[0-9a-f]{64}/g, 'sha256:…')
    .replace(/\.$/, '')}`;
}

function withoutReasons(findings: Findings): Findings {
  const shorten = (cells: ReadonlyMap<string, string>): ReadonlyMap<string, string> =>
    new Map([...cells].map(([spelling, cell]) => [spelling, cell.replace(/^fails: .*$/s, 'fails')]));
  return new Map([...findings].map(([step, cells]) => [step, shorten(cells)]));
}

function page(findings: ReadonlyMap<string, Findings>): string {
  const parts = [PREAMBLE];
  for (const [engine, steps] of findings) {
    parts.push(`## ${engine}\n`);
    parts.push(`| | ${SPELLINGS.map((spelling) => `\`${spelling}\``).join(' | ')} |`);
    parts.push(`|---|${SPELLINGS.map(() => '---|').join('')}`);
    for (const [step, cells] of steps) {
      const row = SPELLINGS.map((spelling) => (cells.get(spelling) ?? '').replaceAll('|', '\\|'));
      parts.push(`| ${step} | ${row.join(' | ')} |`);
    }
    parts.push('');
  }
  return parts.join('\n');
}
