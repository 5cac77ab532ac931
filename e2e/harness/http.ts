import path from 'node:path';
import { run } from './command.ts';

export interface HttpRequest {
  /** `http://localhost:3000/path` */
  readonly url: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * Makes one HTTP request from within the network namespace at the path `networkNamespace`, by a process of
 * its own, since a Node process cannot change its network. Rejects when nothing answers within 20 s.
 */
export async function request(networkNamespace: string, what: HttpRequest): Promise<HttpAnswer> {
  const client = path.join(import.meta.dirname, 'http-client.ts');
  const enter = ['nsenter', `--net=${networkNamespace}`, '--'];
  const node = [process.execPath, '--disable-warning=ExperimentalWarning', client];
  return JSON.parse(await run([...enter, ...node, JSON.stringify(what)], { timeoutMs: 20_000 }));
}

/** A GET that is expected to be answered with 200; resolves with the body. */
export async function get(networkNamespace: string, url: string): Promise<string> {
  const { status, body } = await request(networkNamespace, { url });
  if (status !== 200) throw new Error(`Cannot GET "${url}": status ${status}: ${body}`);
  return body;
}
