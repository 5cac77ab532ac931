/**
 * `make demo`: builds examples/hello, runs it in a container of a private containerd, shows the answers of
 * three requests, stops it. Without root, or off Linux's Debian family, the same app without a container.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { run } from './harness/command.ts';
import { Containerd } from './harness/containerd.ts';
import { RUNTIME } from './harness/ctr.ts';
import { freePort, isFree } from './harness/free-port.ts';
import { CHECKOUT, Machine } from './harness/machine.ts';
import { hostTree } from './harness/trees.ts';

const APP = path.join(CHECKOUT, 'examples/hello');
const WASM_IMAGE = path.join(CHECKOUT, 'bin/wasm-image');
const IMAGE = 'docker.io/library/hello:latest';
const PATHS = ['/', '/count', '/users/7'];

function step(name: string, text: string): void {
  process.stdout.write(`${name.padEnd(8)}${text}\n`);
}

async function timed<T>(work: () => Promise<T>): Promise<readonly [T, string]> {
  const begin = performance.now();
  const result = await work();
  return [result, `${Math.round(performance.now() - begin)} ms`];
}

async function ask(port: number): Promise<void> {
  for (const route of PATHS) {
    const [answer, time] = await timed(async () => {
      const response = await fetch(`http://127.0.0.1:${port}${route}`);
      return { status: response.status, text: (await response.text()).trim() };
    });
    step('GET', `${route.padEnd(10)} ${answer.status}  ${answer.text}  (${time})`);
    if (answer.status !== 200) process.exitCode = 1;
  }
}

/** As in production, but for a containerd of our own: nothing of this machine's is touched. */
async function inContainer(port: number): Promise<void> {
  const tree = await hostTree();
  await using machine = await Machine.start({ tree, network: 'host' });
  await using containerd = await Containerd.start(machine);
  const { ctr } = containerd;

  const address = ['--address', containerd.socket, '--namespace', ctr.containerdNamespace];
  const [built, buildTime] = await timed(() =>
    run([WASM_IMAGE, 'build', APP, '-t', 'hello', '--load', ...address]),
  );
  step('build', `examples/hello, loaded into containerd (${buildTime})`);
  for (const line of built.trim().split('\n')) step('', line);

  const id = 'demo';
  // The arguments of `ctr run` stand for entrypoint and command together.
  const args = port === 3000 ? [] : ['.', '--port', String(port)];
  const [, startTime] = await timed(() => ctr.start({ image: IMAGE, id, args, flags: ['--net-host'] }));
  step('run', `ctr run -d --net-host --runtime ${RUNTIME} ${IMAGE} ${id}  (${startTime})`);
  await ask(port);

  const [code, stopTime] = await timed(async () => {
    await ctr.kill(id, 'SIGTERM');
    await ctr.stopped(id);
    return ctr.remove(id);
  });
  step('stop', `SIGTERM, drained, exit code ${code} (${stopTime})`);
  if (code !== 0) process.exitCode = 1;
  step(
    'next',
    `bin/wasm-image build examples/hello -t hello -o hello.tar   # for ctr images import, docker load`,
  );
}

/** The same app and the same runtime, only without the wall of a container around it. */
async function withoutContainer(port: number, why: string): Promise<void> {
  step('note', `${why}: no container this time`);
  const server = spawn(WASM_IMAGE, ['run', APP, '--port', String(port)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(server, 'exit');
  const lines = createInterface(server.stdout);
  lines.on('line', (line) => step('', line));
  // The first line says where it listens, the table of routes follows.
  await Promise.race([once(lines, 'line'), ended]);
  await ask(port);
  server.kill('SIGTERM');
  const [code] = await ended;
  step('stop', `SIGTERM, drained, exit code ${code}`);
  if (code !== 0) process.exitCode = 1;
  step('next', 'sudo make demo   # the same inside a container');
}

const port = (await isFree(3000)) ? 3000 : await freePort();
if (process.getuid?.() === 0) await inContainer(port);
else await withoutContainer(port, 'Containers need root');
