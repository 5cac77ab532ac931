import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { reply } from '#runtime/languages/javascript/testdata/held-host.ts';
import { NO_REQUESTS } from '#runtime/outbound/http-policy.ts';
import { NO_HOST } from '#runtime/worker/testdata/asking.ts';
import { type TestInterpreter, testInterpreter } from '../testdata/interpreters.ts';
import type { PythonRung } from './guest.ts';
import { asked, bodyOf, loadPythonText, makeProject, request, shown } from './worker-fixture.ts';

/** A bit of everything. */
const SOURCE = `
import os, random, asyncio, urllib.request, _beside
from library import VALUE
print("imported")
count = 0
async def worker(request):
    global count
    count += 1
    if request.method == "DELETE":
        raise ValueError(request.body)
    await asyncio.sleep(0)
    Cache.set("n", int(Cache.get("n") or 0) + 1)
    Response.extra = count
    found = [count, sys.version_info[:2], os.environ["A"], request.params, open("/data/note.txt").read(), VALUE, _beside.VALUE]
    found.append(fetch("https://a.test/1").text())
    found.append(urllib.request.urlopen("https://a.test/2").read().decode())
    return Response(json.dumps([*found, random.random()]).encode())
`;

const WAYS: readonly [string, TestInterpreter, boolean, PythonRung, string][] = [
  ['3.12, frozen', 'python 3.12', true, 'frozen', '[3,12]'],
  ['3.12, started for each request', 'python 3.12', false, 'plain', '[3,12]'],
  ['3.11, frozen', 'python 3.11', true, 'frozen', '[3,11]'],
  ['3.11, started for each request', 'python 3.11', false, 'plain', '[3,11]'],
];

describe('a worker of CPython', () => {
  it.each(WAYS)('does all there is: %s', async (_, interpreter, snapshot, rung, version) => {
    const data = await makeProject({ 'note.txt': 'a note', 'libs/library.py': 'VALUE = "of a library"' });
    const guest = await loadPythonText(SOURCE, {
      interpreter: await testInterpreter(interpreter),
      snapshot,
      name: 'api/all.py',
      files: { 'api/_beside.py': 'VALUE = "beside"' },
      vars: { A: 'b', PYTHONPATH: '/libs', PYTHONHASHSEED: '7' },
      http: { ...NO_REQUESTS, allowedHosts: ['a.test'] },
      folders: [
        { guestPath: '/data', hostPath: data, writable: false },
        { guestPath: '/libs', hostPath: path.join(data, 'libs'), writable: false },
      ],
    });
    expect(guest.rung).toBe(rung);
    const host = {
      ...NO_HOST,
      call: async (_: string, { url }: never): Promise<never> => reply(`from ${url}`) as never,
    };
    const numbers = new Set<unknown>();
    for (let turn = 0; turn < 2; turn++) {
      const answer = shown(await guest.handle(request({ params: { id: '1' }, kv: { n: '4' } }), host));
      expect(answer).toMatchObject({ status: 200, kv: { n: '5' } });
      const found: unknown[] = JSON.parse('body' in answer ? answer.body : '[]');
      numbers.add(found.pop());
      expect(JSON.stringify(found)).toBe(
        `[1,${version},"b",{"id":"1"},"a note","of a library","beside","from https://a.test/1","from https://a.test/2"]`,
      );
    }
    expect(numbers.size).toBe(2);
    expect(await asked(guest, { method: 'DELETE', body: 'grüße' })).toMatchObject({
      failure: 'Failed: ValueError: grüße',
      stderr: expect.stringMatching(/Traceback .*\n {2}File "api\/all\.py", line 10, in worker\n/),
    });
  });

  it('that fails to load says so with each request where it is loaded by each', async () => {
    const guest = await loadPythonText('raise ValueError("too early")', { snapshot: false });
    for (let turn = 0; turn < 2; turn++)
      expect(await asked(guest)).toMatchObject({
        failure: 'Failed: ValueError: too early',
        stderr: expect.stringContaining('File "worker.py", line 1, in <module>'),
      });
  });

  it('that cannot be stopped and entered again is started for each request, and says what is wrong', async () => {
    const interpreter = { ...(await testInterpreter('python 3.12')), envs: { PYTHONHOME: '/nowhere' } };
    const guest = await loadPythonText('def worker(request): return Response("")', { interpreter });
    expect(guest.rung).toBe('plain');
    for (let turn = 0; turn < 2; turn++)
      expect(await asked(guest)).toMatchObject({
        failure: 'Exited with code 1',
        stderr: expect.stringContaining('Fatal Python error'),
      });
  });

  it('may exit, trap and print too much where it is started for each request', async () => {
    const guest = await loadPythonText(
      `
import os
def worker(request):
    if request.body == "exit": os._exit(3)
    if request.body == "abort": os.abort()
    if request.body == "flood": return Response("x" * 100_000)
    return Response("fine")
`,
      { snapshot: false, limits: { output: 1000 } },
    );
    expect(await asked(guest, { body: 'exit' })).toMatchObject({ failure: 'Exited with code 3' });
    expect(await asked(guest, { body: 'abort' })).toMatchObject({ failure: 'Trapped: unreachable' });
    expect(await asked(guest, { body: 'flood' })).toMatchObject({
      failure: 'Stopped: answered more than 1000 bytes',
    });
    expect(await bodyOf(guest)).toBe('fine');
  });
});
