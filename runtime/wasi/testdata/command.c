// A command that does what its first argument says.
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static int cat(void) {
  static char buffer[16384];
  ssize_t count;
  while ((count = read(0, buffer, sizeof buffer)) > 0)
    for (ssize_t done = 0; done < count;) {
      ssize_t wrote = write(1, buffer + done, count - done);
      if (wrote < 0) return 3;
      done += wrote;
    }
  return count < 0 ? 2 : 0;
}

static int flood(long bytes) {
  static char block[100000];
  for (long i = 0; i < (long)sizeof block; i++) block[i] = 'a' + i % 26;
  while (bytes > 0) {
    ssize_t wrote = write(1, block, bytes < (long)sizeof block ? bytes : (long)sizeof block);
    if (wrote < 0) { fprintf(stderr, "write: %s\n", strerror(errno)); return 1; }
    bytes -= wrote;
  }
  return 0;
}

int main(int argc, char **argv) {
  const char *what = argc > 1 ? argv[1] : "";
  if (!strcmp(what, "args")) for (int i = 0; i < argc; i++) puts(argv[i]);
  else if (!strcmp(what, "env")) for (char **e = environ; *e; e++) puts(*e);
  else if (!strcmp(what, "exit")) return atoi(argv[2]);
  else if (!strcmp(what, "trap")) __builtin_trap();
  else if (!strcmp(what, "cat")) return cat();
  else if (!strcmp(what, "prompt")) { puts("ready"); fflush(stdout); return cat(); }
  else if (!strcmp(what, "flood")) return flood(atol(argv[2]));
  else if (!strcmp(what, "spin")) { puts("spinning"); fflush(stdout); for (volatile int i = 0;; i++) {} }
  else if (!strcmp(what, "sleep")) { puts("sleeping"); fflush(stdout); sleep(100000); }
  else if (!strcmp(what, "read-file")) {
    FILE *file = fopen(argv[2], "r");
    if (!file) { printf("%s\n", strerror(errno)); return 1; }
    for (int c; (c = fgetc(file)) != EOF;) putchar(c);
  }
  else if (!strcmp(what, "write-file")) {
    FILE *file = fopen(argv[2], "w");
    if (!file) { printf("%s\n", strerror(errno)); return 1; }
    fputs(argv[3], file);
  }
  else if (!strcmp(what, "tty")) puts(isatty(1) ? "tty" : "no tty");
  return 0;
}
