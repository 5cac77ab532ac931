import { describe, expect, it } from 'vitest';
import { HeldHost, reply } from '#runtime/languages/javascript/testdata/held-host.ts';
import { NO_REQUESTS } from '#runtime/outbound/http-policy.ts';
import type { OutboundReply, OutboundRequest } from '#runtime/outbound/message.ts';
import type { HostCalls } from '#runtime/worker/host-calls.ts';
import { NO_HOST } from '#runtime/worker/testdata/asking.ts';
import type { PythonGuest } from './guest.ts';
import { loadPythonText, request, shown, type WorkerOptions } from './worker-fixture.ts';

const http = { ...NO_REQUESTS, allowedHosts: ['a.test'], allowHttp: true };

function load(source: string, options: WorkerOptions = {}): Promise<PythonGuest> {
  return loadPythonText(source, { http, ...options });
}

/** A host that notes what it is asked and answers at once. */
class PromptHost implements HostCalls {
  readonly asked: OutboundRequest[] = [];
  readonly #reply: (request: OutboundRequest) => OutboundReply;

  constructor(answer: (request: OutboundRequest) => OutboundReply) {
    this.#reply = answer;
  }

  async call(_service: string, request: unknown): Promise<never> {
    this.asked.push(request as OutboundRequest);
    return this.#reply(request as OutboundRequest) as never;
  }

  after = NO_HOST.after;
}

/** A host that answers nothing, and whose time passes when the test says so. */
class RingingHost extends HeldHost {
  readonly rings: (() => void)[] = [];

  override after(_milliseconds: number, ring: () => void): () => void {
    this.rings.push(ring);
    return () => {};
  }
}

async function ask(guest: PythonGuest, host: HostCalls) {
  return shown(await guest.handle(request(), host));
}

describe('fetch in a Python worker', () => {
  it('asks another host and answers with status, headers and body', async () => {
    const guest = await load(`
def worker(request):
    answer = fetch("https://a.test/path?q", method="POST", headers={"X-One": "1", "x-umlaut": "ä"}, body="grüße")
    return Response(json.dumps([answer.status, answer.status_code, answer.ok, answer.url, answer.headers, answer.json(), answer.text()]))
`);
    expect(guest.rung).toBe('frozen');
    const host = new PromptHost(() =>
      reply('{"a": 1}', {
        status: 418,
        url: 'https://a.test/other',
        headers: [
          ['x-name', 'a'],
          ['x-name', 'b'],
        ],
      }),
    );
    const answer = await ask(guest, host);
    expect(JSON.parse('body' in answer ? answer.body : '')).toEqual([
      418,
      418,
      false,
      'https://a.test/other',
      { 'x-name': 'a, b' },
      { a: 1 },
      '{"a": 1}',
    ]);
    expect(host.asked).toEqual([
      {
        url: 'https://a.test/path?q',
        method: 'POST',
        // As UTF-8.
        headers: [
          ['X-One', '1'],
          ['x-umlaut', '\xc3\xa4'],
        ],
        body: Uint8Array.from(Buffer.from('grüße')),
        redirect: 'follow',
        decode: true,
      },
    ]);
  });

  it('may be awaited, several at once, in whatever order they are answered', async () => {
    const guest = await load(`
import asyncio
async def get(name):
    answer = await fetch(f"https://a.test/{name}")
    return name + answer.text()
async def worker(request):
    late = fetch("https://a.test/c")
    found = await asyncio.gather(get("a"), get("b"))
    return Response(json.dumps([*found, late.text(), (await late).status]))
`);
    for (let turn = 0; turn < 2; turn++) {
      const host = new HeldHost();
      const pending = guest.handle(request(), host);
      await expect.poll(() => host.questions.length).toBe(3);
      for (const path of ['/b', '/c', '/a']) host.at(path).answer(reply(path));
      expect(shown(await pending)).toMatchObject({ body: '["a/a", "b/b", "/c", 200]' });
    }
  });

  it('waits no longer than its code wants, and lets others run while it sleeps', async () => {
    const guest = await load(`
import asyncio
async def worker(request):
    if request.method == "PUT":
        return Response("between")
    try:
        await asyncio.wait_for(fetch("https://a.test/"), 0.001)
    except TimeoutError:
        await asyncio.sleep(0.001)
        return Response("too late")
`);
    const host = new RingingHost();
    const pending = guest.handle(request(), host);
    for (let turn = 0; turn < 2; turn++) {
      await expect.poll(() => host.rings.length).toBe(1);
      expect(shown(await guest.handle(request({ method: 'PUT' }), host))).toMatchObject({ body: 'between' });
      host.rings.pop()?.();
    }
    expect(shown(await pending)).toMatchObject({ body: 'too late' });
  });

  it('that nobody awaits ends with its request', async () => {
    const guest = await load(`
async def worker(request):
    fetch("https://a.test/")
    return Response("at once")
`);
    for (let turn = 0; turn < 2; turn++) {
      const host = new HeldHost();
      expect(await ask(guest, host)).toMatchObject({ body: 'at once' });
      expect(host.questions).toHaveLength(1);
      host.at('/').answer(reply('late'));
    }
  });

  it('works in a loop of its own, which asyncio.run makes', async () => {
    const guest = await load(`
import asyncio
async def main(url):
    await asyncio.sleep(0)
    return (await fetch(url)).text()
def worker(request):
    return Response(asyncio.run(main("https://a.test/1")) + asyncio.run(main("https://a.test/2")))
`);
    const host = new PromptHost(({ url }) => reply(url.at(-1) ?? ''));
    for (let turn = 0; turn < 2; turn++) expect(await ask(guest, host)).toMatchObject({ body: '12' });
  });

  it('raises an OSError that says why', async () => {
    const guest = await load(`
def worker(request):
    reasons = []
    for url in ["https://b.test/", "https://a.test/", "nonsense"]:
        try:
            fetch(url)
        except OSError as error:
            reasons.append(f"{type(error).__name__}: {error}")
    return Response("\\n".join(reasons))
`);
    const host = new PromptHost(() => ({
      ok: false,
      code: 'timeout',
      message: "Cannot connect to 'a.test' in time",
    }));
    expect(await ask(guest, host)).toMatchObject({
      body: `FetchError: The host 'b.test' is not allowed for this worker. Please, update the worker configuration.
TimeoutError: Cannot connect to 'a.test' in time
FetchError: The host 'nonsense' is not allowed for this worker. Please, update the worker configuration.`,
    });
  });

  it('is refused everything without a configuration, of which the log hears once', async () => {
    const guest = await loadPythonText(`
def worker(request):
    for turn in range(3):
        try:
            fetch("https://a.test/")
        except OSError as error:
            reason = str(error)
    return Response(reason)
`);
    const host = new PromptHost(() => reply(''));
    expect(await ask(guest, host)).toMatchObject({
      body: expect.stringContaining("The host 'a.test' is not allowed"),
    });
    expect(host.asked).toHaveLength(1);
  });

  it('that is refused and not caught shows the line that asked, and none of ours', async () => {
    const guest = await load(`
async def worker(request):
    return Response((await fetch("https://b.test/")).body)
`);
    const reason =
      "FetchError: The host 'b.test' is not allowed for this worker. Please, update the worker configuration.";
    expect(await ask(guest, new PromptHost(() => reply('')))).toEqual({
      failure: `Failed: ${reason}`,
      stderr: `Traceback (most recent call last):
  File "worker.py", line 3, in worker
    return Response((await fetch("https://b.test/")).body)
                     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
${reason}
`,
    });
  });

  it('lets other requests run while it waits, each with a state of its own', async () => {
    const guest = await load(`
count = 0
def worker(request):
    global count
    count += 1
    answer = fetch(request.url)
    count += 1
    return Response(f"{count} {answer.text()}")
`);
    const host = new HeldHost();
    const at = (path: string) => guest.handle(request({ url: `https://a.test${path}` }), host);
    const pending = ['/1', '/2', '/3'].map(at);
    await expect.poll(() => host.questions.length).toBe(3);
    for (const path of ['/2', '/3', '/1']) host.at(path).answer(reply(path));
    const bodies = (await Promise.all(pending))
      .map(shown)
      .map((answer) => ('body' in answer ? answer.body : ''));
    expect(bodies).toEqual(['2 /1', '2 /2', '2 /3']);
  });

  it('ends with its request when nobody waits any more, whatever the worker makes of it', async () => {
    const guest = await load(`
def worker(request):
    while True:
        try:
            fetch("https://a.test/")
        except BaseException:
            pass
`);
    const host = new HeldHost();
    const pending = guest.handle(request(), host);
    await expect.poll(() => host.questions.length).toBe(1);
    host.at('/').stop();
    expect(shown(await pending)).toMatchObject({
      failure: 'Stopped: it took longer than 5 ms and was stopped',
    });
  });

  it('at import is made again for every request', async () => {
    const guest = await load(`
answer = fetch("https://a.test/").text()
def worker(request):
    return Response(answer)
`);
    expect(guest.rung).toBe('started');
    let count = 0;
    const host = new PromptHost(() => reply(String(++count)));
    expect(await ask(guest, host)).toMatchObject({ body: '1' });
    expect(await ask(guest, host)).toMatchObject({ body: '2' });
  });
});

describe("Python's own HTTP client", () => {
  it('goes through the host: urllib', async () => {
    const guest = await load(`
import urllib.request, urllib.error
def worker(request):
    with urllib.request.urlopen("https://a.test/data?x=1", timeout=5) as answer:
        found = [answer.status, answer.headers["X-Name"], answer.read().decode(), answer.url]
    posted = urllib.request.urlopen(urllib.request.Request("http://a.test:8080/post", data=b"a=b", headers={"X-One": "1"}))
    try:
        urllib.request.urlopen("https://a.test/missing")
    except urllib.error.HTTPError as error:
        found += [error.code, error.read().decode()]
    try:
        urllib.request.urlopen("https://b.test/")
    except urllib.error.URLError as error:
        found.append(str(error.reason))
    return Response(json.dumps(found + [posted.read().decode()]))
`);
    expect(guest.rung).toBe('frozen');
    const host = new PromptHost(({ url, method }) =>
      url.endsWith('/missing')
        ? reply('not here', { status: 404, statusText: 'Not Found' })
        : reply(`${method} grüße`, {
            headers: [
              ['x-name', 'value'],
              ['transfer-encoding', 'chunked'],
            ],
          }),
    );
    const answer = await ask(guest, host);
    expect(JSON.parse('body' in answer ? answer.body : JSON.stringify(answer))).toEqual([
      200,
      'value',
      'GET grüße',
      'https://a.test/data?x=1',
      404,
      'not here',
      "The host 'b.test' is not allowed for this worker. Please, update the worker configuration.",
      'POST grüße',
    ]);
    expect(host.asked.map(({ url, redirect, decode }) => [url, redirect, decode])).toEqual([
      ['https://a.test/data?x=1', 'manual', false],
      ['http://a.test:8080/post', 'manual', false],
      ['https://a.test/missing', 'manual', false],
      ['https://b.test/', 'manual', false],
    ]);
    const [, post] = host.asked;
    expect(Buffer.from(post?.body ?? []).toString()).toBe('a=b');
    const names = post?.headers.map(([name]) => name.toLowerCase());
    expect(names).toContain('x-one');
    expect(names).not.toContain('host');
    expect(names).not.toContain('content-length');
  });

  it('follows redirects by itself, each a request of its own', async () => {
    const guest = await load(`
from urllib.request import urlopen
def worker(request):
    return Response(urlopen("https://a.test/old").read())
`);
    const host = new PromptHost(({ url }) =>
      url.endsWith('/old') ? reply('', { status: 302, headers: [['location', '/new']] }) : reply(url),
    );
    expect(await ask(guest, host)).toMatchObject({ body: 'https://a.test/new' });
  });

  it('goes through the host: http.client, HEAD, chunks, several requests of a connection', async () => {
    const guest = await load(
      `
import http.client
def worker(request):
    connection = http.client.HTTPSConnection("a.test", timeout=3)
    connection.request("HEAD", "/head")
    head = connection.getresponse()
    found = [head.status, head.getheader("content-length"), head.read().decode()]
    connection.request("POST", "/chunks", body=iter([b"one", b"two"]), encode_chunked=True, headers={"transfer-encoding": "chunked"})
    found.append(connection.getresponse().read().decode())
    plain = http.client.HTTPConnection("a.test", 81)
    plain.request("GET", "/")
    found.append(plain.getresponse().read().decode())
    return Response(json.dumps(found))
`,
      { http: { ...http, allowedMethods: ['HEAD', 'GET', 'POST'] } },
    );
    const host = new PromptHost(({ url, body, method }) =>
      method === 'HEAD'
        ? reply('', { headers: [['content-length', '7']] })
        : reply(`${url} ${Buffer.from(body ?? [])}`),
    );
    const answer = await ask(guest, host);
    expect('body' in answer ? JSON.parse(answer.body) : answer).toEqual([
      200,
      '7',
      '',
      'https://a.test/chunks onetwo',
      'http://a.test:81/ ',
    ]);
  });
});
