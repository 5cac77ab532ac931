import { execFileSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** A repository with a work tree, made with git itself. */
export class TestRepository {
  readonly directory: string;

  private constructor(directory: string) {
    this.directory = directory;
  }

  static async make(directory: string): Promise<TestRepository> {
    await mkdir(directory, { recursive: true });
    const made = new TestRepository(directory);
    made.git('init', '-q', '-b', 'main');
    return made;
  }

  git(...args: string[]): string {
    return this.gitWith('', ...args);
  }

  /** With something on stdin. */
  gitWith(input: string | Uint8Array, ...args: string[]): string {
    const user = ['-c', 'user.name=t', '-c', 'user.email=t@example.com', '-c', 'commit.gpgsign=false'];
    return execFileSync('git', ['-C', this.directory, ...user, ...args], {
      encoding: 'utf8',
      input,
      stdio: ['pipe', 'pipe', 'ignore'],
      maxBuffer: 64 * 1024 * 1024,
    }).trim();
  }

  async write(file: string, content: string): Promise<void> {
    await mkdir(path.dirname(path.join(this.directory, file)), { recursive: true });
    await writeFile(path.join(this.directory, file), content);
  }

  /** Commits all there is, and answers the commit. */
  commit(message: string): string {
    this.git('add', '-A');
    this.git('commit', '-q', '-m', message);
    return this.git('rev-parse', 'HEAD');
  }

  /** Commits a tree that no work tree could hold, and answers the commit; the branch is to be `main`. */
  commitTree(tree: string): string {
    const commit = this.git('commit-tree', '-m', 'made by hand', tree);
    this.git('update-ref', 'refs/heads/main', commit);
    return commit;
  }

  blob(content: string | Uint8Array): string {
    return this.gitWith(content, 'hash-object', '-w', '--stdin', '--literally', '-t', 'blob');
  }

  /** Of entries as `git mktree` takes them. */
  tree(...entries: readonly string[]): string {
    return this.gitWith(`${entries.join('\n')}\n`, 'mktree', '--missing');
  }

  /** A copy as servers have it. */
  publish(to: string): void {
    this.git('clone', '-q', '--bare', this.directory, to);
  }
}
