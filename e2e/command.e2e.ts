import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { WASM_FLAGS } from './harness/docker-cli.ts';
import { IMAGES } from './harness/fixtures.ts';
import { CONTAINERDS, DOCKERS, stageContainerd, stageDocker } from './harness/stages.ts';

describe.each(CONTAINERDS)('a WASI command under ctr of %s', (release) => {
  const stage = stageContainerd(release);
  const command = (args: readonly string[], flags: readonly string[] = []) => ({
    image: IMAGES.command,
    id: 'command',
    args: ['/command.wasm', ...args],
    flags,
  });

  it('prints its arguments and the environment it was given', async () => {
    await stage.leavesNothing(async () => {
      const flags = ['--env', 'COLOUR=green'];
      const { code, stdout } = await stage.daemon.ctr.runToEnd(command(['show', 'a b', ''], flags));
      expect(code).toBe(0);
      expect(stdout).toContain('arg /command.wasm\narg show\narg a b\narg \n');
      expect(stdout).toContain('env COLOUR=green\n');
      expect(stdout).not.toContain('WWS_');
    });
  });

  it('passes its exit code and its stderr on', async () => {
    await stage.leavesNothing(async () => {
      const left = await stage.daemon.ctr.runToEnd(command(['exit', '7']));
      expect(left).toMatchObject({ code: 7, stdout: '' });
      expect(left.stderr).toContain('leaving with 7');
    });
  });

  it('reads its standard input to the end', async () => {
    await stage.leavesNothing(async () => {
      const { ctr } = stage.daemon;
      /** Ends when the command runs: ctr says CloseIO. */
      async function* input(): AsyncGenerator<string> {
        yield 'one\ntwo\n';
        await ctr.running('command');
      }
      const { code, stdout } = await ctr.runToEnd(command(['echo']), { input: input() });
      expect({ code, stdout }).toEqual({ code: 0, stdout: 'one\ntwo\n' });
    });
  });

  it.each([
    { title: 'is empty', input: '' },
    { title: 'is short', input: 'one\ntwo\n' },
    { title: 'is longer than a pipe holds', input: 'a line\n'.repeat(20_000) },
  ])('reads to the end an input that $title and that nobody keeps open', async ({ input }) => {
    await stage.leavesNothing(async () => {
      const { code, stdout } = await stage.daemon.ctr.runToEnd(command(['echo']), { input });
      expect({ code, stdout }).toEqual({ code: 0, stdout: input });
    });
  });

  it('finds its input at the end when it is /dev/null, attached or not', async () => {
    await stage.leavesNothing(async () => {
      const { ctr } = stage.daemon;
      expect(await ctr.runToEnd(command(['echo']))).toMatchObject({ code: 0, stdout: '' });
      for (const flags of [[], ['--null-io']]) {
        await ctr.start(command(['echo'], flags));
        await ctr.stopped('command');
        expect(await ctr.remove('command')).toBe(0);
      }
    });
  });

  it('writes both outputs to the end of a file, which is made with its folders', async () => {
    const log = path.join(stage.machine.directory, 'logs/of the/command');
    const flags = ['--log-uri', pathToFileURL(log).href];
    await stage.leavesNothing(async () => {
      const { ctr } = stage.daemon;
      expect(await ctr.runToEnd(command(['exit', '7'], flags))).toMatchObject({ code: 7, stdout: '' });
      expect(await ctr.runToEnd(command(['show', 'one'], flags))).toMatchObject({ code: 0, stdout: '' });
      expect(await readFile(log, 'utf8')).toMatch(
        /^leaving with 7\narg \/command\.wasm\narg show\narg one\n/,
      );
      expect((await stat(log)).mode & 0o777).toBe(0o644);
      await rm(path.join(stage.machine.directory, 'logs'), { recursive: true });
    });
  });

  it('is refused a logger process, and says what it takes instead', async () => {
    await stage.leavesNothing(async () => {
      const { ctr } = stage.daemon;
      const refused = await ctr.runToEnd(command(['show'], ['--log-uri', 'binary:///bin/true']));
      expect(refused.code).not.toBe(0);
      expect(refused.stderr).toContain('only a fifo or a file ("file://…") is supported');
      await ctr.discardAll();
    });
  });

  it('sees a mounted folder, and may write to it only when it is mounted so', async () => {
    const folder = path.join(stage.machine.directory, 'folder');
    await mkdir(folder, { recursive: true });
    await writeFile(path.join(folder, 'text'), 'from the folder\n');
    const mount = (mode: string): readonly string[] => [
      '--mount',
      `type=bind,src=${folder},dst=/data,options=rbind:${mode}`,
    ];
    await stage.leavesNothing(async () => {
      const { ctr } = stage.daemon;
      const read = await ctr.runToEnd(command(['read', '/data/text'], mount('ro')));
      expect(read).toMatchObject({ code: 0, stdout: 'from the folder\n' });
      const refused = await ctr.runToEnd(command(['write', '/data/text'], mount('ro')));
      expect(refused.code).toBe(1);
      expect(await readFile(path.join(folder, 'text'), 'utf8')).toBe('from the folder\n');
      const written = await ctr.runToEnd(command(['write', '/data/text'], mount('rw')));
      expect(written).toMatchObject({ code: 0 });
      expect(await readFile(path.join(folder, 'text'), 'utf8')).toBe('written\n');
    });
  });

  it('says why it trapped and ends with a code that is not zero', async () => {
    await stage.leavesNothing(async () => {
      const { code, stderr } = await stage.daemon.ctr.runToEnd(command(['trap']));
      expect(code).not.toBe(0);
      expect(stderr).toContain('unreachable');
    });
  });
});

describe.each(DOCKERS)('a WASI command under Docker of %s', (release) => {
  const stage = stageDocker(release);
  const image = 'wws-e2e/command';

  it('prints its arguments and the environment it was given', async () => {
    await stage.leavesNothing(async () => {
      const flags = ['--rm', ...WASM_FLAGS, '-e', 'COLOUR=green'];
      const shown = await stage.daemon.cli.run(['run', ...flags, image, 'show', 'a b']);
      expect(shown).toContain('arg /command.wasm\narg show\narg a b');
      expect(shown).toContain('env COLOUR=green');
    });
  });

  it.each([
    { title: 'nothing', input: '' },
    { title: 'two lines', input: 'one\ntwo\n' },
    { title: 'more than a pipe holds', input: 'a line\n'.repeat(20_000) },
  ])('reads $title piped into "docker run -i"', async ({ input }) => {
    await stage.leavesNothing(async () => {
      const flags = ['--rm', '-i', ...WASM_FLAGS];
      const { code, stdout } = await stage.daemon.cli.attempt(['run', ...flags, image, 'echo'], { input });
      expect({ code, stdout }).toEqual({ code: 0, stdout: input });
    });
  });

  it('finds its input at the end without "-i", and with "-i" waits for somebody to attach', async () => {
    const { cli } = stage.daemon;
    await stage.leavesNothing(async () => {
      await cli.run(['run', '-d', '--name', 'none', ...WASM_FLAGS, image, 'echo']);
      expect(await cli.exited('none')).toMatchObject({ ExitCode: 0 });
      await cli.run(['run', '-d', '-i', '--name', 'later', ...WASM_FLAGS, image, 'echo']);
      await cli.run(['stop', 'later']);
      // Not 0: it had not ended by itself.
      expect(await cli.state('later')).toMatchObject({ ExitCode: 143 });
      await cli.run(['rm', 'none', 'later']);
    });
  });

  it('ends by SIGTERM with exit code 143', async () => {
    const { cli } = stage.daemon;
    await stage.leavesNothing(async () => {
      await cli.run(['run', '-d', '--name', 'waiting', ...WASM_FLAGS, image, 'wait']);
      await cli.run(['stop', 'waiting']);
      expect(await cli.state('waiting')).toMatchObject({ ExitCode: 143 });
      expect(await cli.signalsSentTo('waiting')).toEqual([15]);
      await cli.run(['rm', 'waiting']);
    });
  });
});
