import { lstatSync } from 'node:fs';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { type Bounds, checkUsage, type Usage } from './bounds.ts';
import type { FileStep, StepResult } from './file-message.ts';
import { KvError } from './kv-error.ts';
import { applyChange, type Entries, operate } from './operate.ts';
import { snapshotOf } from './snapshot.ts';

/** 'wwsk': what the file says it is (SQLite, "Database File Format", 1.3). */
const APPLICATION_ID = 0x7777736b;
const SCHEMA_VERSION = 1;

/** Triggers keep count, so that no step has to. */
const SCHEMA = `
CREATE TABLE entries (
  namespace TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (namespace, key)
) STRICT, WITHOUT ROWID;
CREATE TABLE sizes (
  namespace TEXT PRIMARY KEY, keys INTEGER NOT NULL, bytes INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TRIGGER entry_set AFTER INSERT ON entries BEGIN
  INSERT INTO sizes VALUES (new.namespace, 1, octet_length(new.key) + octet_length(new.value))
  ON CONFLICT DO UPDATE SET keys = keys + 1, bytes = bytes + excluded.bytes;
END;
CREATE TRIGGER entry_deleted AFTER DELETE ON entries BEGIN
  UPDATE sizes SET keys = keys - 1, bytes = bytes - octet_length(old.key) - octet_length(old.value)
  WHERE namespace = old.namespace;
END;`;

/**
 * The database behind a file store; blocks, so it belongs on a thread of its own. What it answered is on the disk:
 * the write-ahead log is synced once for all steps that came together. Nobody else can have the file open meanwhile,
 * which keeps the log's index in memory.
 */
export class FileDatabase {
  readonly #path: string;
  #open: OpenDatabase | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  /** Takes all steps, or none when the disk refuses; each fails by itself where the fault is its own. */
  run(steps: readonly FileStep[]): readonly StepResult[] {
    try {
      this.#open ??= new OpenDatabase(this.#path);
      return this.#open.run(steps);
    } catch (error) {
      // Whatever state it is in, the next steps find a new one, and what was stored before.
      this.close();
      const result: StepResult = { ok: false, code: 'unavailable', reason: reasonOf(error) };
      return steps.map(() => result);
    }
  }

  close(): void {
    const open = this.#open;
    this.#open = undefined;
    try {
      open?.close();
    } catch {
      // It could not write the last of its log, which the next one to open it will read.
    }
  }
}

class OpenDatabase {
  readonly #database: DatabaseSync;
  readonly #get: StatementSync;
  readonly #all: StatementSync;
  readonly #keys: StatementSync;
  readonly #size: StatementSync;
  readonly #insert: StatementSync;
  readonly #delete: StatementSync;

  constructor(path: string) {
    refuseLinks(path);
    const database = new DatabaseSync(path, { allowExtension: false, timeout: 0 });
    try {
      database.enableDefensive(true);
      database.exec(
        'PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; ' +
          'PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA journal_size_limit = 16777216',
      );
      prepareSchema(database, path);
      this.#get = database.prepare('SELECT value FROM entries WHERE namespace = ? AND key = ?');
      this.#all = database.prepare('SELECT key, value FROM entries WHERE namespace = ?');
      this.#keys = database.prepare('SELECT key FROM entries WHERE namespace = ?');
      this.#size = database.prepare('SELECT keys, bytes FROM sizes WHERE namespace = ?');
      this.#insert = database.prepare('INSERT INTO entries VALUES (?, ?, ?)');
      this.#delete = database.prepare('DELETE FROM entries WHERE namespace = ? AND key = ?');
    } catch (error) {
      database.close();
      throw error;
    }
    this.#database = database;
  }

  run(steps: readonly FileStep[]): readonly StepResult[] {
    this.#database.exec('BEGIN IMMEDIATE');
    const results = steps.map((step) => this.#result(step));
    this.#database.exec('COMMIT');
    return results;
  }

  close(): void {
    this.#database.close();
  }

  /** Steps judge before they change anything, so one that is refused needs no way back. */
  #result(step: FileStep): StepResult {
    try {
      return { ok: true, reply: this.#step(step) };
    } catch (error) {
      if (!(error instanceof KvError)) throw error;
      return { ok: false, code: error.code, reason: error.message };
    }
  }

  #step(step: FileStep): unknown {
    const { namespace, bounds } = step;
    if (step.type === 'read') return this.#read(namespace, bounds);
    const entries = this.#entries(namespace);
    if (step.type === 'operate') return operate(namespace, entries, step.operation, bounds);
    applyChange(namespace, entries, step.change, bounds);
    return undefined;
  }

  #read(namespace: string, bounds: Bounds): unknown {
    checkUsage(namespace, this.#usage(namespace), bounds);
    const rows = this.#all.all(namespace);
    return snapshotOf(rows.map(({ key, value }) => [String(key), String(value)] as const));
  }

  #usage(namespace: string): Usage {
    const row = this.#size.get(namespace);
    return { keys: Number(row?.['keys'] ?? 0), bytes: Number(row?.['bytes'] ?? 0) };
  }

  #entries(namespace: string): Entries {
    const get = (key: string): string | undefined => {
      const value = this.#get.get(namespace, key)?.['value'];
      return value === undefined ? undefined : String(value);
    };
    return {
      usage: this.#usage(namespace),
      get,
      keys: () => this.#keys.all(namespace).map(({ key }) => String(key)),
      // Not an upsert, and not REPLACE: both would pass by the triggers.
      set: (key, value) => {
        if (get(key) !== undefined) this.#delete.run(namespace, key);
        this.#insert.run(namespace, key, value);
      },
      delete: (key) => void this.#delete.run(namespace, key),
    };
  }
}

/** A guest that may write where the file is could have put a link in its place. */
function refuseLinks(path: string): void {
  for (const name of [path, `${path}-wal`, `${path}-journal`]) {
    const status = lstatSync(name, { throwIfNoEntry: false });
    if (status !== undefined && !status.isFile()) throw new Error(`"${name}" is no regular file`);
  }
}

/** A schema holds code, such as triggers: none but ours is run, whoever made the file. */
function prepareSchema(database: DatabaseSync, path: string): void {
  const objects = database
    .prepare('SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY rowid')
    .all();
  const id = Number(database.prepare('PRAGMA application_id').get()?.['application_id']);
  if (objects.length === 0 && id === 0) {
    database.exec(
      `BEGIN; ${SCHEMA} PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${SCHEMA_VERSION}; COMMIT`,
    );
    return;
  }
  const found = objects.map(({ sql }) => `${String(sql)};`).join('\n');
  if (id !== APPLICATION_ID || found !== SCHEMA.trim()) {
    throw new Error(`"${path}" is a database of something else`);
  }
}

function reasonOf(error: unknown): string {
  const { errcode, message } = error as Error & { errcode?: number };
  // The primary result code is the low byte (SQLite, "Result and Error Codes").
  switch ((errcode ?? 0) & 0xff) {
    case 5:
      return 'another process has it open';
    case 8:
      return 'it is read-only';
    case 13:
      return 'the disk is full';
    case 14:
      return 'it cannot be opened (its directory must exist and be writable)';
    case 11:
    case 26:
      return `it is damaged or no database: ${message}`;
    default:
      return message;
  }
}
