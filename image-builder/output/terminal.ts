import { shownLines, shownText } from './shown-text.ts';

/** Where a command talks to: results go to stdout, everything said about them to stderr. */
export interface Terminal {
  readonly quiet: boolean;
  /** A result, the one thing a script reads. */
  result(text: string): void;
  /** One line about what happens. Nothing with `quiet`. */
  note(line: string): void;
  /** One line the user ought to see even with `quiet`. */
  warn(line: string): void;
  /** Shows `line` in place of the last progress line; only where somebody watches. */
  progress(line: string): void;
}

const ERASE_LINE = '\r\x1b[K';

/** The terminal of this process. There are no colours, so there is nothing for NO_COLOR to turn off. */
export function processTerminal(quiet: boolean): Terminal {
  const watched = !quiet && process.stderr.isTTY;
  let shown = false;

  function say(line: string): void {
    process.stderr.write(`${shown ? ERASE_LINE : ''}${shownLines(line)}\n`);
    shown = false;
  }

  return {
    quiet,
    result(text) {
      if (shown) process.stderr.write(ERASE_LINE);
      shown = false;
      process.stdout.write(`${text}\n`);
    },
    note: (line) => {
      if (!quiet) say(line);
    },
    warn: (line) => say(`warning: ${line}`),
    progress(line) {
      if (!watched) return;
      process.stderr.write(ERASE_LINE + shownText(line));
      shown = true;
    },
  };
}
