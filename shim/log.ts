import { writeSync } from 'node:fs';

export type LogLevel = 'debug' | 'info' | 'warning' | 'error';
export type LogFields = Readonly<Record<string, string | number | boolean>>;

/** Longest line: writes up to PIPE_BUF are whole or not at all, so lines of several writers never mix. */
const MAX_LINE_BYTES = 4096;

/**
 * Lines in logrus text form, which containerd copies to its own journal as they are. The descriptor is the
 * bundle's `log` fifo, opened without blocking: while containerd is away the pipe fills, and then lines are
 * dropped and counted, since a log must never hold back a container.
 */
export class Log {
  readonly #fd: number;
  readonly #debug: boolean;
  readonly #fields: LogFields;
  #dropped = 0;

  constructor(options: { readonly fd: number; readonly debug?: boolean; readonly fields?: LogFields }) {
    this.#fd = options.fd;
    this.#debug = options.debug ?? false;
    this.#fields = options.fields ?? {};
  }

  debug(message: string, fields?: LogFields): void {
    if (this.#debug) this.#write('debug', message, fields);
  }

  info(message: string, fields?: LogFields): void {
    this.#write('info', message, fields);
  }

  warn(message: string, fields?: LogFields): void {
    this.#write('warning', message, fields);
  }

  error(message: string, fields?: LogFields): void {
    this.#write('error', message, fields);
  }

  #write(level: LogLevel, message: string, fields: LogFields = {}): void {
    const dropped = this.#dropped > 0 ? { dropped: this.#dropped } : {};
    const line = formatLine(new Date(), level, message, { ...this.#fields, ...fields, ...dropped });
    try {
      writeSync(this.#fd, line);
      this.#dropped = 0;
    } catch {
      // EAGAIN: nobody reads; EPIPE or EBADF: nobody ever will. There is no other place to say so.
      this.#dropped++;
    }
  }
}

/** `time="…" level=info msg="…" key=value`, cut to one pipe write. */
export function formatLine(time: Date, level: LogLevel, message: string, fields: LogFields): string {
  const head = `time="${time.toISOString()}" level=${level} msg=`;
  const tail = `${Object.entries(fields)
    .map(([key, value]) => ` ${key}=${quoteWhereNeeded(String(value))}`)
    .join('')}\n`;
  const room = Math.max(0, MAX_LINE_BYTES - Buffer.byteLength(head) - Buffer.byteLength(tail));
  return head + quoteWithin(message, room) + tail;
}

function quoteWithin(message: string, room: number): string {
  let kept = message;
  let quoted = JSON.stringify(kept);
  while (Buffer.byteLength(quoted) > room && kept.length > 0) {
    // Quoting can lengthen a text several times: cut in proportion until it fits.
    kept = kept.slice(0, Math.floor((kept.length * room) / (Buffer.byteLength(quoted) + 3)));
    quoted = JSON.stringify(`${kept}…`);
  }
  return quoted;
}

/** logrus leaves plain words bare and quotes the rest. */
function quoteWhereNeeded(value: string): string {
  return /^[A-Za-z0-9\-._/@^+]+$/.test(value) ? value : JSON.stringify(value);
}
