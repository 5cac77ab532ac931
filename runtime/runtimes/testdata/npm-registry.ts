import { createHash } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import { type Certificate, Upstream } from '#runtime/outbound/testdata/upstream.ts';

/** A package as it is published: files below a directory of whatever name. */
export async function tarballOf(
  files: Readonly<Record<string, Buffer | string>>,
  top = 'package',
): Promise<Buffer> {
  const tar = pack();
  for (const [name, content] of Object.entries(files)) tar.entry({ name: `${top}/${name}` }, content);
  tar.finalize();
  return gzipSync(await buffer(tar as AsyncIterable<Uint8Array>));
}

export interface Published {
  readonly name: string;
  readonly version: string;
  readonly tarball: Buffer;
  /** By default the right one. */
  readonly integrity?: string;
  /** By default on the registry itself. */
  readonly tarballUrl?: string;
}

/** An npm registry with one package, on loopback. */
export async function npmRegistry(
  { name, version, tarball, integrity, tarballUrl }: Published,
  { tls, token }: { readonly tls?: Certificate; readonly token?: string } = {},
): Promise<Upstream> {
  const sha512 = createHash('sha512').update(tarball).digest('base64');
  const place = `/${name}/-/${version}.tgz`;
  const registry = await Upstream.start(
    ({ url, headers }, response) => {
      const isAllowed = token === undefined || headers.authorization === `Bearer ${token}`;
      if (!isAllowed) response.writeHead(401).end();
      else if (url === place) response.end(tarball);
      else if (url === `/${name.replace('/', '%2f')}`) {
        const own = `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${registry.port}${place}`;
        const dist = { tarball: tarballUrl ?? own, integrity: integrity ?? `sha512-${sha512}` };
        response.end(JSON.stringify({ name, versions: { [version]: { version, dist } } }));
      } else response.writeHead(404).end();
    },
    tls === undefined ? {} : { tls },
  );
  return registry;
}
