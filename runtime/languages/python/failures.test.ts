import { describe, expect, it } from 'vitest';
import { asked, bodyOf, loadPythonText } from './worker-fixture.ts';

describe('a Python worker that cannot be loaded', () => {
  const load = (source: string | Uint8Array) => loadPythonText(source, { name: 'users/[id].py' });

  it('says why, with file, line and text', async () => {
    await expect(load('a = 1\ndef worker(request:\n    pass\n')).rejects.toThrow(
      /^Cannot load worker "users\/\[id\]\.py": SyntaxError: .*\n {6}File "users\/\[id\]\.py", line 2\n/,
    );
    await expect(
      load('def start():\n    raise ValueError("too far")\nprint("here")\nstart()\n'),
    ).rejects.toThrow(
      `Cannot load worker "users/[id].py": ValueError: too far
    here
    Traceback (most recent call last):
      File "users/[id].py", line 4, in <module>
        start()
      File "users/[id].py", line 2, in start
        raise ValueError("too far")
    ValueError: too far`,
    );
  });

  it.each([
    ['has no function "worker"', 'x = 1', 'TypeError: The worker has no function "worker(request)"'],
    [
      'has something else by that name',
      'worker = 7',
      'TypeError: The worker has no function "worker(request)"',
    ],
    ['imports what is not there', 'import numpy', "ModuleNotFoundError: No module named 'numpy'"],
    ['exits', 'raise SystemExit(3)', 'SystemExit: 3'],
    ['exits at once', 'import os; os._exit(3)', 'it exited with code 3'],
    ['is not in UTF-8', Uint8Array.of(0x61, 0xff), 'SyntaxError'],
    ['takes all memory', 'x = []\nwhile True: x.append(bytearray(10_000_000))', 'MemoryError'],
  ])('because it %s', async (_, source, reason) => {
    await expect(load(source)).rejects.toThrow(`Cannot load worker "users/[id].py": ${reason}`);
  });
});

describe('a Python worker that fails a request', () => {
  it('has its traceback in the log, with its own file and lines', async () => {
    const guest = await loadPythonText(
      `
from _parts import divide
def worker(request):
    return Response(str(divide(1, len(request.body))))
`,
      { name: 'api/sums.py', files: { 'api/_parts.py': 'def divide(a, b):\n    return a / b\n' } },
    );
    expect(await asked(guest)).toEqual({
      failure: 'Failed: ZeroDivisionError: division by zero',
      stderr: `Traceback (most recent call last):
  File "api/sums.py", line 4, in worker
    return Response(str(divide(1, len(request.body))))
                        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  File "api/_parts.py", line 2, in divide
    return a / b
           ~~^~~
ZeroDivisionError: division by zero
`,
    });
    expect(await bodyOf(guest, { body: 'x' })).toBe('1.0');
  });

  const worker = (line: string) => `def worker(request):\n    ${line}\n`;

  it.each([
    ['returns nothing', 'pass', 'TypeError: Expected worker() to return a Response, got NoneType'],
    ['returns text', 'return "text"', 'TypeError: Expected worker() to return a Response, got str'],
    ['returns a class', 'return Response', 'TypeError: Expected worker() to return a Response, got type'],
    [
      'has a body that is neither text nor bytes',
      'return Response({"a": 1})',
      'TypeError: Expected the body of a Response to be str or bytes, got dict',
    ],
    ['has text that is no text', 'return Response("\\ud800")', 'UnicodeEncodeError'],
    ['has a status that is none', 'return Response("", "200")', '"status" is a string, expected an integer'],
    [
      'has a header that is no text',
      'return Response("", 200, {"a": 1})',
      '"headers.a" is 1, expected a string',
    ],
    [
      'has headers that are none',
      'return Response("", 200, ["a"])',
      '"headers" is an array, expected an object',
    ],
    [
      'has headers that cannot be written',
      'return Response("", 200, {"a": {1}})',
      'TypeError: Object of type set',
    ],
    ['exits', 'sys.exit("enough")', 'SystemExit: enough'],
    ['exits well', 'sys.exit(0)', 'SystemExit: 0'],
    ['exits at once', '__import__("os")._exit(0)', 'It ended without an answer'],
    ['exits at once with a code', '__import__("os")._exit(3)', 'Exited with code 3'],
    ['aborts', '__import__("os").abort()', 'Trapped: unreachable'],
    ['is interrupted', 'raise KeyboardInterrupt', 'KeyboardInterrupt'],
    ['recurses without end', 'return worker(request)', 'RecursionError: maximum recursion depth exceeded'],
    [
      'recurses in code that is not Python',
      'sys.setrecursionlimit(10**6); sorted([1, 2], key=lambda _: worker(request))',
      'Trapped: memory access out of bounds',
    ],
    ['recurses in the parser', 'json.loads("[" * 10**6)', 'RecursionError'],
    [
      'writes to the descriptor of the host',
      '__import__("os").write(1, b"hello\\n")',
      'Trapped: The worker wrote',
    ],
    [
      'claims to have written more than there is',
      `__import__("os").write(1, b'{"bytes":1e15}\\n')`,
      'Stopped: answered more than',
    ],
    [
      'reads from the host',
      'return Response(sys.stdin.read() + str(__import__("os").read(0, 10)))',
      undefined,
    ],
  ])('because it %s', async (_, line, reason) => {
    const guest = await loadPythonText(worker(line));
    for (let turn = 0; turn < 2; turn++) {
      const answer = await asked(guest);
      if (reason === undefined) expect(answer).toMatchObject({ body: "b''" });
      else expect(answer).toMatchObject({ failure: expect.stringContaining(reason) });
    }
  });

  it('is refused more memory than its limit, and more output, and its log is cut', async () => {
    const guest = await loadPythonText(
      `
def worker(request):
    if request.url.endswith("memory"):
        x = []
        while True:
            x.append(bytearray(1_000_000))
    if request.url.endswith("deep"):
        sys.setrecursionlimit(10**9)
        return worker(request)
    if request.url.endswith("output"):
        return Response("x" * 3_000_000)
    if request.url.endswith("log"):
        for turn in range(1000):
            print("0123456789" * 10)
    return Response("fine")
`,
      { limits: { memory: 32 * 1024 * 1024, output: 1_000_000, log: 1000 } },
    );
    for (let turn = 0; turn < 2; turn++) {
      expect(await asked(guest, { url: 'http://localhost/memory' })).toMatchObject({
        failure: 'Failed: MemoryError',
        limits: ['memory'],
      });
      expect(await asked(guest, { url: 'http://localhost/deep' })).toMatchObject({
        failure: expect.stringMatching(/^Failed: /),
        limits: ['memory'],
      });
      expect(await asked(guest, { url: 'http://localhost/output' })).toMatchObject({
        failure: 'Stopped: answered more than 1000000 bytes',
        limits: ['output'],
      });
      expect(await asked(guest, { url: 'http://localhost/log' })).toMatchObject({
        body: 'fine',
        limits: ['log'],
        stderr: expect.stringMatching(/\n\(100000 more bytes of stderr dropped\)\n$/),
      });
      expect(await asked(guest)).toMatchObject({ body: 'fine', stderr: '' });
    }
  });
});
