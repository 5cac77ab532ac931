import { beforeAll, describe, expect, it } from 'vitest';
import { NO_REQUESTS } from '#runtime/outbound/http-policy.ts';
import type { OutboundReply, OutboundRequest } from '#runtime/outbound/message.ts';
import type { Guest } from '#runtime/worker/guest.ts';
import { CallStopped, type HostCalls } from '#runtime/worker/host-calls.ts';
import { body, NO_HOST, refused } from '#runtime/worker/testdata/asking.ts';
import { loadEvaluator, running } from './ruby-fixture.ts';

const PATIENCE = 120_000;

const ALLOWED = {
  ...NO_REQUESTS,
  allowedHosts: ['a.test'],
  allowHttp: true,
  allowedMethods: ['GET', 'POST', 'HEAD', 'PUT'],
};

let guest: Guest;

beforeAll(async () => {
  guest = await loadEvaluator(
    { http: ALLOWED, vars: { http_proxy: 'http://proxy.test:1' } },
    'require "net/http"\nrequire "json"',
  );
}, PATIENCE);

/** A host that notes what it is asked, and answers as `reply` says. */
class Upstream implements HostCalls {
  readonly asked: OutboundRequest[] = [];
  readonly after: HostCalls['after'] = NO_HOST.after;
  readonly #reply: (request: OutboundRequest) => OutboundReply | Promise<OutboundReply>;

  constructor(
    reply: (request: OutboundRequest) => OutboundReply | Promise<OutboundReply> = () => found('hello'),
  ) {
    this.#reply = reply;
  }

  async call(_service: string, request: unknown): Promise<never> {
    this.asked.push(request as OutboundRequest);
    return (await this.#reply(request as OutboundRequest)) as never;
  }
}

function found(text: string, parts: Partial<Extract<OutboundReply, { ok: true }>> = {}): OutboundReply {
  return {
    ok: true,
    url: 'https://a.test/',
    redirected: false,
    status: 200,
    statusText: 'OK',
    headers: [['content-type', 'text/plain']],
    body: Uint8Array.from(Buffer.from(text)),
    ...parts,
  };
}

/** What the worker answers that runs `code`. */
async function run(code: string, host: HostCalls): Promise<string> {
  return body(await guest.handle(running(`Response.new((${code}).to_s)`), host));
}

const text = (request: OutboundRequest | undefined): string => Buffer.from(request?.body ?? '').toString();

describe('fetch() of a Ruby worker', () => {
  it('sends verb, headers with repeats and body, and gives back a Response', async () => {
    const host = new Upstream(() =>
      found('{"n":1}', {
        status: 201,
        headers: [
          ['x', '1'],
          ['set-cookie', 'a'],
          ['set-cookie', 'b'],
        ],
      }),
    );
    const code = `r = fetch("https://a.test/x?y", method: :post, headers: {"x-a" => ["1", 2], k: "é"}, body: "sent")
      [r.status_code, r.ok?, r.json["n"], r.headers, r.class].to_json`;
    expect(JSON.parse(await run(`(${code})`, host))).toEqual([
      201,
      true,
      1,
      { x: '1', 'set-cookie': ['a', 'b'] },
      'Response',
    ]);
    expect(host.asked).toMatchObject([
      {
        url: 'https://a.test/x?y',
        method: 'POST',
        headers: [
          ['x-a', '1'],
          ['x-a', '2'],
          ['k', '\xc3\xa9'],
        ],
        redirect: 'follow',
        decode: true,
      },
    ]);
    expect(text(host.asked[0])).toBe('sent');
  });

  it('keeps the bytes of what is no text', async () => {
    const host = new Upstream(() => found('', { body: Uint8Array.of(0xff, 0, 0x0a) }));
    expect(await run('b = fetch("https://a.test/").body; [b.bytes, b.encoding]', host)).toBe(
      '[[255, 0, 10], #<Encoding:BINARY (ASCII-8BIT)>]',
    );
    const bytes = 'fetch("https://a.test/", method: "PUT", body: "\\xff\\n\\x00".b)';
    await run(bytes, host);
    expect(host.asked[1]?.body).toEqual(Uint8Array.of(0xff, 0x0a, 0));
  });

  it('raises what the rules refuse, and asks nobody', async () => {
    const host = new Upstream();
    const code = 'begin; fetch("https://b.test/"); rescue FetchError => e; [e.code, e.message]; end';
    expect(await run(code, host)).toBe(
      `["not-allowed", "The host 'b.test' is not allowed for this worker. Please, update the worker configuration."]`,
    );
    // The operator hears of it.
    expect(host.asked).toMatchObject([{ url: 'https://b.test/', headers: [], body: undefined }]);
  });

  it('raises what failed on the way', async () => {
    const host = new Upstream(() => ({ ok: false, code: 'timeout', message: 'took too long' }));
    expect(
      await run('begin; fetch("https://a.test/"); rescue => e; [e.class, e.code, e.message]; end', host),
    ).toBe('[FetchError, "timeout", "took too long"]');
  });

  it('carries megabytes both ways', async () => {
    const host = new Upstream(({ body }) => found('', { body: body ?? new Uint8Array() }));
    const code = 's = "0123456789" * 300_000; fetch("https://a.test/", method: "PUT", body: s).body == s';
    expect(await run(code, host)).toBe('true');
  });

  it('serves other requests while one waits, each with its own state', async () => {
    const answers = Promise.withResolvers<OutboundReply>();
    const slow = new Upstream(() => answers.promise);
    const waiting = ['a', 'b', 'c'].map((name) =>
      run(`$mine = "${name}"; fetch("https://a.test/").body + $mine`, slow),
    );
    expect(await run('$mine.inspect', new Upstream())).toBe('nil');
    answers.resolve(found('hello '));
    expect(await Promise.all(waiting)).toEqual(['hello a', 'hello b', 'hello c']);
    expect(await run('$mine.inspect', new Upstream())).toBe('nil');
  });

  it('ends the request when nobody waits for it any more, whatever the worker rescues', async () => {
    const stopped = new Upstream(() => Promise.reject(new CallStopped('took longer than 1 s')));
    const code = 'begin; fetch("https://a.test/"); rescue Exception; end; Response.new("went on")';
    expect(refused(await guest.handle(running(code), stopped))).toBe('Stopped: took longer than 1 s');
    expect(await run('fetch("https://a.test/").body', new Upstream())).toBe('hello');
  });

  it('forgets an answer that the worker did not wait for', async () => {
    const answers = Promise.withResolvers<OutboundReply>();
    const code = `m = %({"url":"https://a.test/","method":"GET","headers":[]}\\n); WWS.send(:channel).syswrite([m.bytesize].pack("V") + m); 1`;
    const host = new Upstream(() => answers.promise);
    expect(await run(code, host)).toBe('1');
    expect(host.asked.length).toBe(1);
    answers.resolve(found('late'));
    expect(await run('fetch("https://a.test/").body', new Upstream())).toBe('hello');
  });

  it(
    'is refused to a worker without allowed hosts, which need not be able to wait',
    async () => {
      const alone = await loadEvaluator();
      const code = 'begin; fetch("https://a.test/"); rescue FetchError => e; Response.new(e.code); end';
      expect(body(await alone.handle(running(code), NO_HOST))).toBe('not-allowed');
    },
    PATIENCE,
  );
});

describe('Net::HTTP of a Ruby worker', () => {
  it('gets', async () => {
    const host = new Upstream();
    expect(await run('Net::HTTP.get(URI("https://a.test/x?y"))', host)).toBe('hello');
    expect(host.asked).toMatchObject([
      { url: 'https://a.test:443/x?y', method: 'GET', redirect: 'manual', body: undefined },
    ]);
    expect(await run('Net::HTTP.get("a.test", "/p")', host)).toBe('hello');
    expect(host.asked[1]).toMatchObject({ url: 'http://a.test:80/p' });
  });

  it('posts, and has status and headers of the answer', async () => {
    const host = new Upstream(() =>
      found('made', {
        status: 302,
        statusText: 'Found',
        headers: [
          ['location', '/y'],
          ['set-cookie', 'a'],
          ['set-cookie', 'b'],
        ],
      }),
    );
    const code =
      'r = Net::HTTP.post(URI("https://a.test/"), "é=1", "x-a" => "b"); [r.code, r.message, r["location"], r.get_fields("set-cookie"), r.body]';
    expect(await run(`(${code})`, host)).toBe('["302", "Found", "/y", ["a", "b"], "made"]');
    expect(text(host.asked[0])).toBe('é=1');
    expect(host.asked[0]?.headers).toContainEqual(['X-A', 'b']);
    expect(await run('Net::HTTP.post_form(URI("https://a.test/"), a: "1 2").code', host)).toBe('302');
    expect(text(host.asked[1])).toBe('a=1+2');
  });

  it('keeps a connection for several requests', async () => {
    const host = new Upstream(({ url }) => found(new URL(url).pathname));
    const code = `Net::HTTP.start("a.test", 8443, use_ssl: true, verify_mode: OpenSSL::SSL::VERIFY_PEER) { |http| [http.get("/1").body, http.request(Net::HTTP::Put.new("/2"), "x").body, http.head("/3").body.inspect] }`;
    expect(await run(code, host)).toBe('["/1", "/2", "nil"]');
    expect(host.asked.map(({ url, method }) => `${method} ${url}`)).toEqual([
      'GET https://a.test:8443/1',
      'PUT https://a.test:8443/2',
      'HEAD https://a.test:8443/3',
    ]);
  });

  it('leaves the rest of OpenSSL as it is', async () => {
    const code =
      'Net::HTTP.get(URI("https://a.test/")) + OpenSSL::HMAC.hexdigest("SHA256", "k", "d").size.to_s';
    expect(await run(code, new Upstream())).toBe('hello64');
  });

  it('streams a body in pieces, and reads one in pieces', async () => {
    const host = new Upstream(({ body }) => found('', { body: body ?? new Uint8Array() }));
    const code = `q = Net::HTTP::Post.new("/"); q["transfer-encoding"] = "chunked"; q.body_stream = StringIO.new("ab" * 40_000)
      n = 0; Net::HTTP.start("a.test", 80) { |http| http.request(q) { |r| r.read_body { |part| n += part.bytesize } } }; n`;
    expect(await run(`(require "stringio"; ${code})`, host)).toBe('80000');
    expect(text(host.asked[0])).toBe('ab'.repeat(40_000));
  });

  it('unpacks what came compressed', async () => {
    const { gzipSync } = await import('node:zlib');
    const host = new Upstream(() =>
      found('', { headers: [['content-encoding', 'gzip']], body: gzipSync('packed') }),
    );
    expect(await run('Net::HTTP.get(URI("https://a.test/"))', host)).toBe('packed');
  });

  it('is told what is not allowed', async () => {
    const code = 'begin; Net::HTTP.get(URI("https://b.test/")); rescue => e; [e.class, e.message]; end';
    expect(await run(code, new Upstream())).toContain(`[FetchError, "The host 'b.test' is not allowed`);
  });

  it('serves open-uri, and sockets say that there are none', async () => {
    expect(await run('(require "open-uri"; URI.open("https://a.test/").read)', new Upstream())).toBe('hello');
    expect(
      await run(
        'begin; require "socket"; TCPSocket.new("a.test", 80); rescue => e; e.message; end',
        new Upstream(),
      ),
    ).toBe('There are no sockets here: cannot connect to a.test (use fetch or Net::HTTP)');
  });
});
