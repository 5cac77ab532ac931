import { once } from 'node:events';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import type { Log } from '#runtime/server/log.ts';
import { ProjectServer } from '#runtime/server/project-server.ts';
import { plainOptions } from '#runtime/server/testdata/plain-options.ts';
import { type Limits, limits } from '#runtime/settings.ts';
import type { Changes } from '../fingerprint.ts';
import type { ProjectWatch } from '../project-watch.ts';
import { WatchedProject } from '../watched-project.ts';

interface Reload extends Changes {
  readonly type: 'reload';
  readonly problems: number;
}

/** Real workers behind a real server, which a watch reloads. */
export class WatchedSite implements AsyncDisposable {
  readonly root: string;
  readonly messages: string[] = [];
  readonly reloads: Reload[] = [];
  readonly #agent = new Agent({ keepAlive: true });
  #server: ProjectServer | undefined;
  #watched: WatchedProject | undefined;
  #watch: ProjectWatch | undefined;
  #port = 0;
  #news = Promise.withResolvers<void>();

  constructor(root: string) {
    this.root = root;
  }

  async serve(
    options: {
      readonly ignore?: readonly string[];
      readonly pollMs?: number;
      readonly limits?: Partial<Limits>;
    } = {},
  ): Promise<void> {
    const { ignore = [], pollMs } = options;
    const { root } = this;
    const log: Log = {
      format: 'json',
      line: (message) => this.#noted(() => this.messages.push(message)),
      dropped: 0,
      record: (line) => {
        const entry = JSON.parse(line);
        if (entry.type === 'reload') this.#noted(() => this.reloads.push(entry));
      },
      said: () => {},
    };
    const watched = await WatchedProject.make({ root, ignore, log });
    this.#watched = watched;
    const server = await ProjectServer.prepare({
      ...plainOptions(root),
      ignore,
      limits: limits(options.limits),
      log,
      ...watched.loading,
    });
    ({ port: this.#port } = await server.listen({ host: '127.0.0.1', port: 0 }));
    this.#server = server;
    // What is edited from here on has been loaded once.
    await server.loaded;
    this.#watch = await watched.watch(server, pollMs === undefined ? {} : { pollMs });
  }

  #noted(note: () => void): void {
    note();
    this.#news.resolve();
    this.#news = Promise.withResolvers();
  }

  /** Resolves when `is` has become true by something that was logged. */
  async until(is: () => boolean): Promise<void> {
    while (!is()) await this.#news.promise;
  }

  async file(name: string, content = ''): Promise<void> {
    await mkdir(path.dirname(path.join(this.root, name)), { recursive: true });
    await writeFile(path.join(this.root, name), content);
  }

  /** As editors save: whole, under another name, which then takes the place of the first. */
  async save(name: string, content: string): Promise<void> {
    const scratch = path.join(this.root, `.${path.basename(name)}.swp`);
    await writeFile(scratch, content);
    await rename(scratch, path.join(this.root, name));
  }

  /** Rejects when the connection is cut. */
  async get(target: string): Promise<{ status: number; body: string }> {
    const sent = request({ host: '127.0.0.1', port: this.#port, path: target, agent: this.#agent });
    sent.end();
    const [response] = await once(sent, 'response');
    return { status: response.statusCode, body: await text(response) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#watch?.[Symbol.asyncDispose]();
    this.#agent.destroy();
    await this.#server?.drain();
    this.#watched?.[Symbol.dispose]();
    await rm(this.root, { recursive: true, force: true });
  }
}

/** A worker that answers so. */
export const says = (what: string | number): string =>
  `export default { fetch: () => new Response('${what}') };\n`;
