import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { NO_HOST } from '#runtime/worker/testdata/asking.ts';
import { asked, bodyOf, loadPythonText, makeProject, request, shown } from './worker-fixture.ts';

describe('a Python worker', () => {
  it('is called with the request and answers with what it returns', async () => {
    const guest = await loadPythonText(`
def worker(request):
    response = Response(json.dumps([request.method, request.url, request.body, request.headers, request.params]))
    response.status_code = 201
    response.headers["x-made-by"] = "a worker"
    return response
`);
    expect(guest.rung).toBe('frozen');
    const answer = await asked(guest, {
      method: 'PUT',
      url: 'http://localhost/a%20b?c=d',
      headers: { host: 'localhost', 'x-umlaut': 'ä' },
      body: 'grüße 🎈',
      params: { id: '7', rest: 'a/b' },
    });
    expect(answer).toMatchObject({ status: 201, headers: { 'x-made-by': 'a worker' }, stderr: '' });
    expect(JSON.parse('body' in answer ? answer.body : '')).toEqual([
      'PUT',
      'http://localhost/a%20b?c=d',
      'grüße 🎈',
      { host: 'localhost', 'x-umlaut': 'ä' },
      { id: '7', rest: 'a/b' },
    ]);
  });

  it('finds the names that wws injected', async () => {
    const guest = await loadPythonText(`
def worker(request):
    names = [Request, Response, Cache, fetch, sys, json, base64]
    return Response(" ".join(name.__name__ for name in names))
`);
    expect(await bodyOf(guest)).toBe('Request Response Cache fetch sys json base64');
  });

  it('has its vars, and nothing else, for environment', async () => {
    const guest = await loadPythonText(
      `
import os
at_import = os.getenv("GREETING")
def worker(request):
    return Response(json.dumps([at_import, dict(os.environ)]))
`,
      { vars: { GREETING: 'good day', EMPTY: '' } },
    );
    expect(guest.rung).toBe('frozen');
    expect(JSON.parse(await bodyOf(guest))).toEqual(['good day', { GREETING: 'good day', EMPTY: '' }]);
  });

  it('reads and writes a copy of its K/V namespace, which comes back only when it was changed', async () => {
    const guest = await loadPythonText(`
def worker(request):
    count = int(Cache.get("count") or 0)
    if request.method == "POST":
        Cache.set("count", count + 1)
    if request.method == "DELETE":
        Cache.delete("count")
    return Response(str(count))
`);
    const kv = { count: '7', other: 'x' };
    expect(await asked(guest, { kv })).toMatchObject({ body: '7', kv: undefined });
    expect(await asked(guest, { kv, method: 'POST' })).toMatchObject({
      body: '7',
      kv: { count: '8', other: 'x' },
    });
    expect(await asked(guest, { kv, method: 'DELETE' })).toMatchObject({ kv: { other: 'x' } });
    expect(await asked(guest)).toMatchObject({ body: '0', kv: undefined });
  });

  it('answers bytes as they are', async () => {
    const guest = await loadPythonText(`
def worker(request):
    return Response(bytes(range(256)) if request.method == "GET" else bytearray(b"\\xff\\x00"))
`);
    const bytes = async (method: string): Promise<Uint8Array | undefined> => {
      const result = await guest.handle(request({ method }), NO_HOST);
      return result.ok ? result.response.body : undefined;
    };
    expect(await bytes('GET')).toEqual(Uint8Array.from({ length: 256 }, (_, value) => value));
    expect(await bytes('POST')).toEqual(Uint8Array.of(0xff, 0));
  });

  it('is given a body that is no UTF-8 as bytes: in place of text where its configuration says so', async () => {
    const source = `
def worker(request):
    return Response(repr([request.body, request.data]))
`;
    const bytes = Uint8Array.of(0xff, 0x41);
    expect(await bodyOf(await loadPythonText(source), { bytes })).toBe(`['', b'\\xffA']`);
    expect(await bodyOf(await loadPythonText(source, { binaryBodies: true }), { bytes })).toBe(
      `[b'\\xffA', b'\\xffA']`,
    );
    expect(await bodyOf(await loadPythonText(source, { binaryBodies: true }), { body: 'text' })).toBe(
      `['text', b'text']`,
    );
  });

  it('takes and gives bodies that are larger than any buffer', async () => {
    const guest = await loadPythonText(`
def worker(request):
    return Response(request.body[::-1])
`);
    const body = `${'x'.repeat(3_000_000)}end`;
    expect(await bodyOf(guest, { body })).toBe(`dne${'x'.repeat(3_000_000)}`);
  });

  it('may give a header several values', async () => {
    const guest = await loadPythonText(`
def worker(request):
    return Response("", headers={"set-cookie": ["a=1", "b=2"]})
`);
    expect(await asked(guest)).toMatchObject({ headers: { 'set-cookie': ['a=1', 'b=2'] } });
  });

  it('has what it prints in the log, also what it prints at import, once', async () => {
    const guest = await loadPythonText(`
print("loaded")
def worker(request):
    print("to stdout", "ä")
    print("to stderr", file=sys.stderr)
    sys.stdout.write("no newline")
    return Response("quiet")
`);
    const said = 'to stdout ä\nto stderr\nno newline';
    expect(await asked(guest)).toMatchObject({ body: 'quiet', stderr: `loaded\n${said}` });
    expect(await asked(guest)).toMatchObject({ body: 'quiet', stderr: said });
  });

  it('may be async', async () => {
    const guest = await loadPythonText(`
import asyncio
async def add(a, b):
    await asyncio.sleep(0.001)
    return a + b
async def worker(request):
    sums = await asyncio.gather(add(1, 2), add(3, 4))
    return Response(json.dumps(sums))
`);
    for (let turn = 0; turn < 3; turn++) expect(await bodyOf(guest)).toBe('[3, 7]');
  });

  it('imports Python files beside itself, and packages, but does not let them replace the library', async () => {
    const guest = await loadPythonText(
      `
import _helper, parts.deep.leaf, plain.module
from parts import branch
import random
def worker(request):
    import late
    values = [_helper.VALUE, parts.deep.leaf.VALUE, plain.module.VALUE, branch.VALUE, late.VALUE]
    return Response(" ".join(values) + " " + str(hasattr(random, "VALUE")))
`,
      {
        name: 'api/worker.py',
        files: {
          'api/_helper.py': 'from poly import Response, FetchError\nVALUE = "helper"',
          'api/parts/__init__.py': 'from . import branch',
          'api/parts/branch.py': 'from .deep.leaf import VALUE as LEAF\nVALUE = "branch of " + LEAF',
          'api/parts/deep/__init__.py': '',
          'api/parts/deep/leaf.py': 'VALUE = "leaf"',
          'api/plain/module.py': 'VALUE = "plain"',
          'api/late.py': 'VALUE = "late"',
          'api/random.py': 'VALUE = "not the library"',
          'above.py': 'VALUE = "above"',
        },
      },
    );
    expect(guest.rung).toBe('frozen');
    expect(await bodyOf(guest)).toBe('helper leaf plain branch of leaf late False');
  });

  it('finds no module above its directory, and no file that is no Python', async () => {
    const guest = await loadPythonText(
      `
def worker(request):
    found = []
    for name in ["above", "data", "data.json", "..above", "linked"]:
        try:
            __import__(name)
            found.append(name)
        except (ImportError, ValueError):
            pass
    return Response(json.dumps(found))
`,
      {
        name: 'api/worker.py',
        files: { 'above.py': '', 'api/data.json': '{}', 'api/worker.toml': 'version = "1"' },
      },
    );
    expect(await bodyOf(guest)).toBe('[]');
  });
});

describe('the folders of a Python worker', () => {
  it('are read and written as the rights of each say', async () => {
    const root = await makeProject({ 'data/note.txt': 'a note', 'fixed/note.txt': 'fixed' });
    const guest = await loadPythonText(
      `
import os
def worker(request):
    with open("/data/new.txt", "w") as file:
        file.write("new")
    try:
        open("/fixed/new.txt", "w")
        fixed = "written"
    except OSError:
        fixed = "read-only"
    return Response(json.dumps([open("/data/note.txt").read(), sorted(os.listdir("/data")), open("/src/fixed/note.txt").read(), fixed]))
`,
      {
        folders: [
          { guestPath: '/data', hostPath: path.join(root, 'data'), writable: true },
          { guestPath: '/fixed', hostPath: path.join(root, 'fixed'), writable: false },
          { guestPath: '/src/fixed', hostPath: path.join(root, 'fixed'), writable: false },
        ],
      },
    );
    expect(JSON.parse(await bodyOf(guest))).toEqual([
      'a note',
      ['new.txt', 'note.txt'],
      'fixed',
      'read-only',
    ]);
  });

  it('are all it has', async () => {
    const guest = await loadPythonText(`
import os
def worker(request):
    found = []
    for path in ["/", "/tmp", "/src", "/etc/passwd", "/proc/self/environ", "."]:
        try:
            found.append(os.stat(path) and path)
        except OSError:
            pass
    return Response(json.dumps(found))
`);
    expect(await bodyOf(guest)).toBe('[]');
  });

  it('hold libraries that PYTHONPATH names, which are imported once', async () => {
    const root = await makeProject({
      'libs/greeting.py': 'import random\nmade = []\ndef greet(): made.append(1); return f"hi {len(made)}"',
    });
    const guest = await loadPythonText(
      `
import greeting
def worker(request):
    return Response(greeting.greet())
`,
      {
        vars: { PYTHONPATH: '/libs' },
        folders: [{ guestPath: '/libs', hostPath: path.join(root, 'libs'), writable: true }],
      },
    );
    expect(guest.rung).toBe('frozen');
    await rm(path.join(root, 'libs/greeting.py'));
    for (let turn = 0; turn < 2; turn++) expect(await bodyOf(guest)).toBe('hi 1');
  });

  it('may be missing when the worker is loaded: requests say so until they are there', async () => {
    const root = await makeProject({});
    const hostPath = path.join(root, 'late');
    const guest = await loadPythonText(
      `
def worker(request):
    return Response(open("/late/note.txt").read())
`,
      { folders: [{ guestPath: '/late', hostPath, writable: false }] },
    );
    expect(await asked(guest)).toMatchObject({ failure: 'Cannot open folder "/late": no such directory' });
    await mkdir(hostPath);
    await writeFile(path.join(hostPath, 'note.txt'), 'there');
    expect(await bodyOf(guest)).toBe('there');
    await rm(hostPath, { recursive: true });
    expect(await asked(guest)).toMatchObject({ failure: 'Cannot open folder "/late": no such directory' });
  });
});

describe('a Python worker that looks around while it is imported', () => {
  it.each([
    ['a folder', 'state = open("/data/note.txt").read()'],
    ['a clock', 'import time; state = str(time.time_ns())'],
    ['random numbers', 'import secrets; state = secrets.token_hex()'],
    ['random numbers', 'import random; state = str(random.random())'],
  ])('finds in every request what is then so, and the log says so once: %s', async (what, line) => {
    const root = await makeProject({ 'note.txt': '1' });
    const guest = await loadPythonText(
      `
${line}
count = 0
def worker(request):
    global count
    count += 1
    return Response(f"{count} {state}")
`,
      { folders: [{ guestPath: '/data', hostPath: root, writable: false }] },
    );
    expect(guest.rung).toBe('started');
    const note = `It looks at ${what} while it is imported, so every request imports it again\n`;
    expect(await asked(guest)).toMatchObject({ stderr: note });
    expect(await asked(guest)).toMatchObject({ stderr: '' });
    const seen = new Set<string>();
    for (let turn = 0; turn < 3; turn++) {
      await writeFile(path.join(root, 'note.txt'), String(turn));
      seen.add(await bodyOf(guest));
    }
    expect(seen.size).toBe(3);
    for (const body of seen) expect(body).toMatch(/^1 /);
  });

  it('keeps a seed that it sets itself', async () => {
    const guest = await loadPythonText(`
import random
random.seed(42)
def worker(request):
    return Response(str(random.random()))
`);
    expect(new Set([await bodyOf(guest), await bodyOf(guest)])).toEqual(new Set(['0.6394267984578837']));
  });

  it('may import modules of the library that look at clocks and draw numbers for themselves', async () => {
    const guest = await loadPythonText(`
import logging, random, uuid, tempfile, datetime, urllib.request, hashlib, secrets, dataclasses, re, collections
def worker(request):
    return Response("ok")
`);
    expect(guest.rung).toBe('frozen');
    expect(shown(await guest.handle(request(), NO_HOST))).toMatchObject({
      body: 'ok',
    });
  });
});
