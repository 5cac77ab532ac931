/*
 * A plain WASI command. The first argument says what to do:
 *
 *   show         print arguments and environment
 *   read FILE    copy a file to stdout
 *   write FILE   write "written" to a file
 *   exit CODE    end with that code, saying so on stderr
 *   echo         copy stdin to stdout until its end
 *   wait         say "waiting", then block until killed
 *   trap         execute an unreachable instruction
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern char **environ;

static int show(int argc, char **argv) {
  for (int i = 0; i < argc; i++) printf("arg %s\n", argv[i]);
  for (char **entry = environ; entry != NULL && *entry != NULL; entry++) printf("env %s\n", *entry);
  return 0;
}

static int fail(const char *path) {
  fprintf(stderr, "%s: %s\n", path, strerror(errno));
  return 1;
}

static int copy(FILE *from) {
  for (int c = fgetc(from); c != EOF; c = fgetc(from)) putchar(c);
  return 0;
}

static int write_file(const char *path) {
  FILE *file = fopen(path, "w");
  if (file == NULL) return fail(path);
  fputs("written\n", file);
  return fclose(file) == 0 ? 0 : fail(path);
}

int main(int argc, char **argv) {
  const char *verb = argc > 1 ? argv[1] : "show";
  const char *operand = argc > 2 ? argv[2] : "";
  if (strcmp(verb, "show") == 0) return show(argc, argv);
  if (strcmp(verb, "echo") == 0) return copy(stdin);
  if (strcmp(verb, "write") == 0) return write_file(operand);
  if (strcmp(verb, "trap") == 0) __builtin_trap();
  if (strcmp(verb, "read") == 0) {
    FILE *file = fopen(operand, "r");
    return file == NULL ? fail(operand) : copy(file);
  }
  if (strcmp(verb, "exit") == 0) {
    fprintf(stderr, "leaving with %s\n", operand);
    return atoi(operand);
  }
  if (strcmp(verb, "wait") == 0) {
    puts("waiting");
    fflush(stdout);
    for (;;) sleep(3600);
  }
  fprintf(stderr, "unknown verb %s\n", verb);
  return 64;
}
