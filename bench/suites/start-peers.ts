import { chmod, copyFile, cp, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { run } from '#e2e/harness/command.ts';
import type { Containerd } from '#e2e/harness/containerd.ts';
import { RUNTIME } from '#e2e/harness/ctr.ts';
import { CHECKOUT } from '#e2e/harness/machine.ts';

/** One way to start a web server in a container. */
export interface Peer {
  readonly row: string;
  readonly runtime: string;
  readonly image: string;
  readonly args: readonly string[];
}

const RUNC = 'io.containerd.runc.v2';

const NODE_SERVER = `require('node:http').createServer((_, answer) => answer.end('hello\\n')).listen(+process.argv[2], '0.0.0.0');
`;

/** Builds and loads the images the suite starts; all come from the same tool and are unpacked beforehand. */
export async function preparePeers(
  containerd: Containerd,
  port: number,
  progress: (line: string) => void,
): Promise<readonly Peer[]> {
  const { directory } = containerd.machine;
  progress('building images');
  const hello = await load(containerd, path.join(CHECKOUT, 'examples/hello'), 'hello', ['.']);

  const busybox = path.join(directory, 'busybox');
  await mkdir(path.join(busybox, 'www'), { recursive: true });
  await writeFile(path.join(busybox, 'www/index.html'), 'hello\n');
  await copyFile(await findProgram(containerd, 'busybox'), path.join(busybox, 'busybox'));
  await chmod(path.join(busybox, 'busybox'), 0o755);
  const httpd = ['/busybox', 'httpd', '-f', '-h', '/www', '-p', String(port)];

  const node = path.join(directory, 'node');
  await cp(path.join(CHECKOUT, 'dist/root'), node, { recursive: true });
  await writeFile(path.join(node, 'server.cjs'), NODE_SERVER);

  return [
    { row: 'ours', runtime: RUNTIME, image: hello, args: ['.', '--port', String(port)] },
    { row: 'runc-static', runtime: RUNC, image: await load(containerd, busybox, 'busybox', httpd), args: [] },
    {
      row: 'runc-node',
      runtime: RUNC,
      image: await load(containerd, node, 'node', ['/bin/node', '/server.cjs', String(port)]),
      args: [],
    },
  ];
}

async function load(
  containerd: Containerd,
  directory: string,
  name: string,
  entrypoint: readonly string[],
): Promise<string> {
  const archive = path.join(containerd.machine.directory, `${name}.tar`);
  await run([
    path.join(CHECKOUT, 'bin/wasm-image'),
    'build',
    directory,
    ...['-t', `bench/${name}`, '-o', archive, '--entrypoint', JSON.stringify(entrypoint)],
  ]);
  await containerd.ctr.importImage(archive);
  return `docker.io/bench/${name}:latest`;
}

async function findProgram({ machine }: Containerd, program: string): Promise<string> {
  return machine.outside((await machine.run(['which', program])).trim());
}
