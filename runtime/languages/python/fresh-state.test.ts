import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { asked, bodyOf, loadPythonText, makeProject } from './worker-fixture.ts';

/** A worker that does what its URL says and then tells what it found before. */
const HARMFUL = `
import os, builtins, gc, random, re
count = 0
kept = []
def fill():
    while True:
        kept.append(b"x" * 100_000)
def deep():
    return deep()
class Loud:
    def __del__(self):
        os.environ["LEFT"] = "by a finaliser"
def harm(what):
    global worker
    if what == "builtins":
        builtins.len = lambda _: 7
        builtins.print = None
        json.dumps = None
        Response.__init__ = lambda *_: None
        sys.modules.clear()
    if what == "environment": os.environ["LEFT"] = "here"; os.putenv("ALSO", "here")
    if what == "globals": worker = None; del globals()["harm"]
    if what == "throw": raise ValueError("on purpose")
    if what == "deep": deep()
    if what == "memory": fill()
    if what == "grow": kept.append(b"x" * 30_000_000)
    if what == "files": kept.append(open("/data/new.txt", "w")); kept.append([os.open("/data", os.O_RDONLY) for _ in range(100)])
    if what == "stdio": sys.stdout = sys.stderr = None; os.close(2); os.close(0)
    if what == "exit": os._exit(0)
    if what == "abort": os.abort()
    if what == "cwd": os.chdir("/data")
    if what == "gc": gc.disable(); kept.append(Loud()); kept.pop()
    if what == "hooks": sys.meta_path.clear(); sys.path[:] = []; sys.setrecursionlimit(60); sys.settrace(lambda *_: None)
    if what == "cache": Cache.set("left", "here")
    if what == "seed": random.seed(1)
def worker(request):
    global count
    count += 1
    found = [count, len(kept), len("abc"), os.environ.get("LEFT"), os.environ.get("ALSO"), Cache.get("left"), gc.isenabled(), os.getcwd()]
    harm(request.url.rsplit("/")[-1])
    return Response(json.dumps(found))
`;

const UNTOUCHED = '[1, 0, 3, null, null, null, true, "/"]';

describe('the state of a Python worker', () => {
  it.each([
    ['it answered', 'nothing'],
    ['it changed builtins, the library and what it was given', 'builtins'],
    ['it changed the environment', 'environment'],
    ['it changed its own globals', 'globals'],
    ['it raised', 'throw'],
    ['it recursed without end', 'deep'],
    ['it ran out of memory', 'memory'],
    ['its memory grew', 'grow'],
    ['it left files open', 'files'],
    ['it closed what it prints to', 'stdio'],
    ['it exited', 'exit'],
    ['it aborted', 'abort'],
    ['it changed its directory', 'cwd'],
    ['it switched off the collector and left a finaliser', 'gc'],
    ['it changed what imports find, and how it is traced', 'hooks'],
    ['it wrote to its K/V namespace', 'cache'],
  ])('is as after loading once %s', async (_, what) => {
    const root = await makeProject({ 'data/note.txt': 'a note' });
    const guest = await loadPythonText(HARMFUL, {
      limits: { memory: 64 * 1024 * 1024 },
      folders: [{ guestPath: '/data', hostPath: path.join(root, 'data'), writable: true }],
    });
    expect(guest.rung).toBe('frozen');
    for (let turn = 0; turn < 3; turn++) {
      await asked(guest, { url: `http://localhost/${what}` });
      expect(await asked(guest)).toMatchObject({ body: UNTOUCHED, stderr: '' });
    }
  });

  it('keeps what top-level code made', async () => {
    const guest = await loadPythonText(`
table = {n: {"square": n * n} for n in range(10_000)}
def worker(request):
    found = table[99]["square"]
    table.clear()
    return Response(str(found))
`);
    for (let turn = 0; turn < 3; turn++) expect(await bodyOf(guest)).toBe('9801');
  });

  it('is its own beside other workers of the thread', async () => {
    const source = (name: string) => `
made = []
def worker(request):
    made.append("${name}")
    return Response(" ".join(made))
`;
    const [first, second] = [await loadPythonText(source('a')), await loadPythonText(source('b'))];
    for (let turn = 0; turn < 3; turn++) {
      expect(await bodyOf(first)).toBe('a');
      expect(await bodyOf(second)).toBe('b');
    }
  });
});

describe('what must not be put back for a Python worker', () => {
  it('is randomness: other numbers in each of ten thousand requests', async () => {
    const guest = await loadPythonText(`
import random, secrets, uuid, os, tempfile
def worker(request):
    values = [random.random(), random.getrandbits(64), secrets.token_hex(8), str(uuid.uuid4()), os.urandom(8).hex(), next(tempfile._get_candidate_names())]
    return Response(json.dumps(values))
`);
    expect(guest.rung).toBe('frozen');
    const seen = new Set<string>();
    for (let turn = 0; turn < 10_000; turn++) {
      for (const value of JSON.parse(await bodyOf(guest)) as unknown[]) seen.add(String(value));
    }
    expect(seen.size).toBe(60_000);
  }, 120_000);

  it('is the clock', async () => {
    const guest = await loadPythonText(`
import time, datetime
def worker(request):
    return Response(json.dumps([time.time_ns() // 10**6, time.monotonic(), datetime.datetime.now(datetime.timezone.utc).timestamp() * 1000]))
`);
    expect(guest.rung).toBe('frozen');
    const read = async () => JSON.parse(await bodyOf(guest)) as [number, number, number];
    const start = Date.now();
    const [first, monotonic, date] = await read();
    expect(first).toBeGreaterThanOrEqual(start);
    expect(date).toBeGreaterThanOrEqual(start - 1);
    while (Date.now() < start + 5) await read();
    const [second, later] = await read();
    expect(second).toBeGreaterThanOrEqual(start + 5);
    expect(second).toBeLessThanOrEqual(Date.now());
    expect(later).toBeGreaterThan(monotonic);
  });
});
