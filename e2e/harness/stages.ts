import { afterAll, afterEach, beforeAll } from 'vitest';
import { Containerd } from './containerd.ts';
import { Docker } from './docker.ts';
import { Fixtures } from './fixtures.ts';
import { expectNothingLeft, type Holder, takeInventory } from './leaks.ts';
import { Machine } from './machine.ts';
import { debianTree, hostTree, type Release } from './trees.ts';

/** `host` is the release this machine runs, with the containerd of its packages. */
export type StageRelease = 'host' | Release;

/** containerd 1.6 (on Debian 12), 1.7 and 2.x. */
export const CONTAINERDS: readonly StageRelease[] = ['host', 'trixie', 'forky'];

/** Docker 26, and 28 or later: they plug a container's network at different moments. */
export const DOCKERS: readonly Release[] = ['trixie', 'forky'];

interface StagedDaemon extends AsyncDisposable, Holder {
  /** Removes every container: what a failed test has left must not fail the next one. */
  discardAll(): Promise<void>;
}

/** How long containers are kept that a test has started: for those who share one, `all tests`. */
export type Containers = 'one test' | 'all tests';

interface Set<D> {
  readonly machine: Machine;
  readonly fixtures: Fixtures;
  readonly daemon: D;
}

/** A daemon in a machine of its own, as long as the `describe` it is made in, and the fixtures it runs. */
export class Stage<D extends StagedDaemon> {
  #set: Set<D> | undefined;

  constructor(
    release: StageRelease,
    start: (machine: Machine, fixtures: Fixtures) => Promise<D>,
    containers: Containers = 'one test',
  ) {
    const stack = new AsyncDisposableStack();
    beforeAll(async () => {
      const tree = release === 'host' ? await hostTree() : await debianTree(release);
      const fixtures = stack.use(await Fixtures.make());
      const machine = stack.use(await Machine.start({ tree, network: 'private' }));
      const daemon = stack.use(await start(machine, fixtures));
      this.#set = { machine, fixtures, daemon };
    });
    afterAll(async () => stack.disposeAsync());
    // Of two such hooks the later one runs first.
    const after = containers === 'one test' ? afterEach : afterAll;
    after(async () => this.#set?.daemon.discardAll());
  }

  get machine(): Machine {
    return this.#started.machine;
  }

  get fixtures(): Fixtures {
    return this.#started.fixtures;
  }

  get daemon(): D {
    return this.#started.daemon;
  }

  /** Runs a journey, then proves that the machine holds nothing more than before it. */
  async leavesNothing(journey: () => Promise<void>): Promise<void> {
    const before = await takeInventory(this.machine, this.daemon);
    await journey();
    await expectNothingLeft(this.machine, before, this.daemon);
  }

  get #started(): Set<D> {
    if (this.#set === undefined) throw new Error('Cannot use a stage outside its tests');
    return this.#set;
  }
}

/** A containerd with the images of `Fixtures` in it. */
export function stageContainerd(release: StageRelease): Stage<Containerd> {
  return new Stage(release, async (machine, fixtures) => {
    const containerd = await Containerd.start(machine);
    for (const archive of [await fixtures.helloArchive(), await fixtures.commandArchive()]) {
      await containerd.ctr.importImage(await machine.lend(archive));
    }
    return containerd;
  });
}

/** A dockerd with the images of `Fixtures` in it. */
export function stageDocker(release: Release, containers?: Containers): Stage<Docker> {
  const start = async (machine: Machine, fixtures: Fixtures): Promise<Docker> => {
    const docker = await Docker.start(machine);
    for (const archive of [await fixtures.helloArchive(), await fixtures.commandArchive()]) {
      await docker.cli.load(await machine.lend(archive));
    }
    return docker;
  };
  return new Stage(release, start, containers);
}
