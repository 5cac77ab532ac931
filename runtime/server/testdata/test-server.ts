import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { NO_OPERATOR, type OperatorSettings } from '#runtime/operator.ts';
import { type Limits, limits } from '#runtime/settings.ts';
import { type RequestReport, type RuntimeEvent, Telemetry } from '#runtime/telemetry/telemetry.ts';
import type { WorkerLimits } from '#runtime/worker-limits.ts';
import type { Log } from '../log.ts';
import { entryText, saidText } from '../log-text.ts';
import { ProjectServer, type ProjectServerOptions } from '../project-server.ts';
import { plainOptions } from './plain-options.ts';

const loader = new URL('../../worker/testdata/test-guests.ts', import.meta.url).href;

export interface TestServerOptions {
  readonly prefix?: string;
  readonly operator?: Partial<OperatorSettings>;
  readonly cors?: readonly string[];
  readonly limits?: Partial<Limits>;
  readonly worker?: Partial<WorkerLimits>;
  /** Real engines in place of the test guests. */
  readonly languages?: 'real';
  readonly outbound?: ProjectServerOptions['outbound'];
}

/** A project in a directory of its own, served on loopback with the test guests. */
export class TestServer implements AsyncDisposable {
  readonly root: string;
  readonly lines: string[] = [];
  /** Requests that are over, once `observe` was called. */
  readonly reports: RequestReport[] = [];
  readonly events: RuntimeEvent[] = [];
  readonly telemetry: Telemetry = new Telemetry();
  server: ProjectServer | undefined;
  port = 0;

  private constructor(root: string) {
    this.root = root;
  }

  static async make(): Promise<TestServer> {
    return new TestServer(await mkdtemp(path.join(tmpdir(), 'wws-http-')));
  }

  async file(name: string, content: string | Buffer = ''): Promise<void> {
    await mkdir(path.dirname(path.join(this.root, name)), { recursive: true });
    await writeFile(path.join(this.root, name), content);
  }

  async serve(options: TestServerOptions = {}): Promise<void> {
    const log: Log = {
      format: 'text',
      dropped: 0,
      line: (message) => void this.lines.push(entryText(message)),
      record: (line) => void this.lines.push(line),
      said: (worker, bytes) =>
        bytes.length > 0 && this.lines.push(saidText(worker, Buffer.from(bytes).toString())),
    };
    this.server = await ProjectServer.prepare({
      ...plainOptions(this.root),
      prefix: options.prefix ?? '',
      cors: options.cors ?? [],
      limits: limits({ stallMs: 20, drainMs: 2_000, lingerMs: 1, ...options.limits }),
      operator: { ...NO_OPERATOR, limits: options.worker ?? {}, ...options.operator },
      log,
      ...(options.languages === undefined ? { loader } : {}),
      ...(options.outbound === undefined ? {} : { outbound: options.outbound }),
      telemetry: this.telemetry,
    });
    ({ port: this.port } = await this.server.listen({ host: '127.0.0.1', port: 0 }));
  }

  observe(): void {
    this.telemetry.observe({
      request: (report) => void this.reports.push(report),
      event: (event) => void this.events.push(event),
    });
  }

  async get(target: string, init: RequestInit = {}): Promise<Response> {
    return await fetch(`http://127.0.0.1:${this.port}${target}`, init);
  }

  /** Sends bytes as they are and answers all that comes back until the server closes. */
  async raw(bytes: string): Promise<string> {
    const socket = connect(this.port, '127.0.0.1');
    socket.write(bytes, 'latin1');
    return await text(socket);
  }

  async rawGet(target: string, more = ''): Promise<string> {
    return await this.raw(`GET ${target} HTTP/1.1\r\nhost: h\r\nconnection: close\r\n${more}\r\n`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server?.drain();
    await rm(this.root, { recursive: true });
  }
}

/** The request a worker saw, by the test guest's answer. */
export async function seen(response: Response): Promise<Record<string, unknown>> {
  return ((await response.json()) as { request: Record<string, unknown> }).request;
}
