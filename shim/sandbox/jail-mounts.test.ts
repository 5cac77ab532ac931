import { mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Box } from './jail.fixture.ts';

/** Says where mounts are, and where the file `marker` of the volume can be seen. */
const PROGRAM = `
  const list = (directory) => { try { return fs.readdirSync(directory, { withFileTypes: true }); } catch { return []; } };
  const find = (directory) => list(directory).flatMap((entry) => {
    const file = directory + (directory === '/' ? '' : '/') + entry.name;
    if (['/proc', '/dev', '/bin', '/lib', '/lib64'].includes(file)) return [];
    return entry.isDirectory() ? find(file) : entry.name === 'marker' ? [file] : [];
  });
  const table = fs.readFileSync('/proc/self/mountinfo', 'utf8').trim().split('\\n').map((line) => line.split(' '));
  say({
    markers: find('/'),
    mounts: Object.fromEntries(table.map((fields) => [fields[4], fields[5]])),
    given: boot.mounts,
    rt: fs.readdirSync('/rt'),
  });
  end(0);`;

interface Seen {
  readonly markers: readonly string[];
  readonly mounts: Readonly<Record<string, string>>;
  readonly given: readonly {
    readonly destination: string;
    readonly path: string;
    readonly writable: boolean;
  }[];
  readonly rt: readonly string[];
}

describe('a container mount', () => {
  let box: Box;
  let volume: string;
  beforeAll(async () => {
    box = await Box.make(PROGRAM);
    volume = path.join(box.directory, 'volume');
    await mkdir(volume);
    await writeFile(path.join(volume, 'marker'), '');
  });
  beforeEach(async () => {
    await rm(box.image, { recursive: true });
    await mkdir(box.image);
  });
  afterAll(() => box[Symbol.asyncDispose]());

  const mountAt = (
    destination: string,
    options: readonly string[] = ['rbind', 'rw'],
    source = volume,
  ): object => ({
    destination,
    type: 'bind',
    source,
    options,
  });
  const see = async (...mounts: readonly object[]): Promise<Seen> =>
    (await box.run({ config: { mounts } })).said[0] as Seen;
  const linkInImage = (to: string, at: string): Promise<void> => symlink(to, path.join(box.image, at));

  it('appears below the image, made when missing, with its rights and no more', async () => {
    const seen = await see(mountAt('/data/deep'), mountAt('/ro', ['rbind', 'ro']));
    expect(seen.markers).toEqual(['/app/data/deep/marker', '/app/ro/marker']);
    expect(seen.mounts['/app/data/deep']).toBe('rw,nosuid,nodev,noexec,relatime');
    expect(seen.mounts['/app/ro']).toBe('ro,nosuid,nodev,noexec,relatime');
    expect(seen.mounts['/app']).toBe('rw,nosuid,nodev,noexec,relatime');
    expect(seen.given).toEqual([
      { destination: '/data/deep', path: 'data/deep', writable: true },
      { destination: '/ro', path: 'ro', writable: false },
    ]);
  });

  it('may be a file, and a mount inside another mount', async () => {
    const seen = await see(
      mountAt('/data'),
      mountAt('/data/marker', ['bind', 'ro'], path.join(volume, 'marker')),
      {
        destination: '/scratch',
        type: 'tmpfs',
        source: 'tmpfs',
        options: ['nosuid', 'size=65536k', 'mode=1777'],
      },
    );
    expect(seen.mounts['/app/data/marker']).toContain('ro,');
    expect(seen.mounts['/app/scratch']).toBe('rw,nosuid,nodev,noexec,relatime');
    expect(seen.given.map(({ destination }) => destination)).toEqual(['/data', '/scratch']);
  });

  it.each([
    ['an absolute link', '/rt'],
    ['a relative link', '../../rt'],
    ['a link far above', '../../../../../../../../rt'],
    ['a link through /proc', '/proc/1/root/rt'],
    ['a link to a link', 'second'],
  ])('stays in the image through %s', async (_, target) => {
    await linkInImage('../../../rt', 'second');
    await mkdir(path.join(box.image, 'rt'));
    await mkdir(path.join(box.image, 'proc/1/root/rt'), { recursive: true });
    await linkInImage(target, 'data');
    const seen = await see(mountAt('/data'));
    expect(seen.markers).toEqual([
      target.startsWith('/proc') ? '/app/proc/1/root/rt/marker' : '/app/rt/marker',
    ]);
    expect(seen.rt).toEqual(['container.cjs']);
    expect(seen.given[0]?.path).toBe(target.startsWith('/proc') ? 'proc/1/root/rt' : 'rt');
  });

  it('stays in the image when /etc is a link', async () => {
    await mkdir(path.join(box.image, 'elsewhere'));
    await linkInImage('/elsewhere', 'etc');
    expect((await see(mountAt('/etc/secret'))).markers).toEqual(['/app/elsewhere/secret/marker']);
    await rm(path.join(box.image, 'etc'));
    await linkInImage('../../../../etc', 'etc');
    await expect(box.create({ config: { mounts: [mountAt('/etc/secret')] } })).rejects.toThrow(
      'too many symbolic links',
    );
  });

  it.each([
    ['/', "it is the image's own root"],
    ['/loop', 'too many symbolic links'],
    ['/self', "it is the image's own root"],
    ['/nowhere', 'symbolic link to something that does not exist'],
    ['/file', 'not a directory'],
    ['/file/below', 'not a directory'],
  ])('is refused at %s', async (destination, reason) => {
    await linkInImage('loop', 'loop');
    await linkInImage('/', 'self');
    await linkInImage('/no/such/place', 'nowhere');
    await writeFile(path.join(box.image, 'file'), '');
    await expect(box.create({ config: { mounts: [mountAt(destination)] } })).rejects.toThrow(reason);
  });

  it.each(['/proc', '/proc/sys', '/sys', '/sys/fs/cgroup', '/dev/pts', '/proc/self/fd'])(
    'is refused when its source is %s',
    async (source) => {
      await expect(box.create({ config: { mounts: [mountAt('/x', ['rbind'], source)] } })).rejects.toThrow(
        /Cannot mount ".*" at "\/x": it lies on \w+, which belongs to the kernel|mounted below a volume, belongs to the kernel/,
      );
    },
  );

  it('is refused when a kernel filesystem is mounted below its source', async () => {
    const mounts = [mountAt('/host', ['rbind', 'ro'], '/')];
    await expect(box.create({ config: { mounts } })).rejects.toThrow(
      'mounted below a volume, belongs to the kernel',
    );
  });

  it.each(['/proc/x', '/sys/x', '/dev/x'])(
    'is refused at %s, and a habit of Linux containers is not',
    async (place) => {
      await expect(box.create({ config: { mounts: [mountAt(place)] } })).rejects.toThrow(
        'get nothing below /proc, /sys and /dev',
      );
    },
  );

  it('is passed over where every client asks for it', async () => {
    const kernel = (destination: string, type: string): object => ({
      destination,
      type,
      source: type,
      options: [],
    });
    const seen = await see(
      kernel('/proc', 'proc'),
      kernel('/dev', 'tmpfs'),
      kernel('/dev/pts', 'devpts'),
      kernel('/dev/mqueue', 'mqueue'),
      kernel('/sys', 'sysfs'),
      kernel('/sys/fs/cgroup', 'cgroup'),
      kernel('/run', 'tmpfs'),
      mountAt('/dev/shm'),
    );
    expect(seen.given).toEqual([]);
    expect(Object.keys(seen.mounts).sort()).toEqual([
      '/',
      '/app',
      '/dev',
      '/dev/full',
      '/dev/null',
      '/dev/random',
      '/dev/urandom',
      '/dev/zero',
      '/etc/resolv.conf',
      '/proc',
      '/tmp',
    ]);
  });

  it('says so when its place is missing in a read-only image', async () => {
    const rootfs = [{ type: 'bind', source: box.image, target: '', options: ['rbind', 'ro'] }];
    await expect(box.create({ request: { rootfs }, config: { mounts: [mountAt('/data')] } })).rejects.toThrow(
      'Cannot make the mount point "/data": it does not exist, and the image is read-only',
    );
  });

  it('stays in the image while its place is swapped for a link all the time', async () => {
    const [real, link, place] = ['real', 'link', 'data'].map((name) => path.join(box.image, name));
    if (!real || !link || !place) throw new Error('three names');
    await mkdir(real);
    await mkdir(path.join(box.image, 'rt'));
    await symlink('/rt', link);
    let swapping = true;
    const swap = async (): Promise<void> => {
      while (swapping) {
        for (const other of [real, link]) {
          // A mount point that Create made in a gap is in the way of a link.
          await rename(other, place).catch(() => rm(place, { recursive: true }));
          await rename(place, other).catch(() => undefined);
        }
      }
    };
    const swapper = swap();
    const outcomes: string[] = [];
    for (let round = 0; round < 8; round += 1) {
      const outcome = await see(mountAt('/data')).then(
        ({ markers, rt }) => [...markers, ...rt],
        (error: Error) => [error.message],
      );
      outcomes.push(...outcome);
    }
    swapping = false;
    await swapper;
    for (const outcome of outcomes) {
      expect(outcome).toMatch(/^\/app\/|^container\.cjs$|^Cannot m/);
    }
    expect(outcomes).toContain('container.cjs');
  });
});
