import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import { DrivenGuest } from './driven-guest.ts';

/** `inside` is the guest's writable folder at 3, `readonly` the read-only one at 4; a secret lies beside them. */
export class GuestFolders implements Disposable {
  readonly top: string;
  readonly guest: DrivenGuest;

  constructor() {
    this.top = realpathSync(mkdtempSync(path.join(tmpdir(), 'wasi-paths-')));
    for (const name of ['inside', 'inside/sub', 'readonly', 'outside']) mkdirSync(path.join(this.top, name));
    writeFileSync(path.join(this.top, 'outside/secret'), 'secret');
    this.guest = new DrivenGuest({
      preopens: [
        { guestPath: '/rw', hostPath: path.join(this.top, 'inside'), writable: true },
        { guestPath: '/ro', hostPath: path.join(this.top, 'readonly'), writable: false },
      ],
    });
  }

  readonly inside = (name: string): string => path.join(this.top, 'inside', name);

  [Symbol.dispose](): void {
    this.guest[Symbol.dispose]();
    rmSync(this.top, { recursive: true, force: true });
  }
}

/** Gives every test of a file folders of its own, by `use`, and removes them after it. */
export function foldersForEach(use: (folders: GuestFolders) => void): void {
  let folders: GuestFolders | undefined;
  beforeEach(() => {
    folders = new GuestFolders();
    use(folders);
  });
  afterEach(() => folders?.[Symbol.dispose]());
}
