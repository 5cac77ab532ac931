// A worker that answers what its variables say: ANSWER as it is, or by MODE what is too large to write down.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char block[65536];

/** The whole of stdin as the body, for tests to look at. */
static void echo(void) {
  fputs("{\"data\":\"", stdout);
  for (int c; (c = getchar()) != EOF; putchar(c))
    if (c == '"' || c == '\\') putchar('\\');
  fputs("\",\"headers\":{\"content-type\":\"application/json\"},\"status\":200,\"kv\":{}}", stdout);
}

int main(void) {
  const char *answer = getenv("ANSWER"), *mode = getenv("MODE");
  if (mode == NULL) mode = "say";
  memset(block, 'x', sizeof block);
  if (!strcmp(mode, "say")) fputs(answer, stdout);
  else if (!strcmp(mode, "echo")) echo();
  else if (!strcmp(mode, "exit3")) { fputs(answer, stdout); fflush(stdout); _Exit(3); }
  else if (!strcmp(mode, "exit0")) { fputs(answer, stdout); fflush(stdout); _Exit(0); }
  else if (!strcmp(mode, "trap")) { fputs(answer, stdout); fflush(stdout); __builtin_trap(); }
  else if (!strcmp(mode, "spin")) for (volatile int spinning = 1; spinning;);
  else if (!strcmp(mode, "deep")) {
    fputs("{\"status\":200,\"headers\":{},\"kv\":{},\"data\":", stdout);
    for (int i = 0; i < 100000; i++) putchar('[');
    for (int i = 0; i < 100000; i++) putchar(']');
    putchar('}');
  } else if (!strcmp(mode, "headers")) {
    fputs("{\"status\":200,\"data\":\"\",\"kv\":{},\"headers\":{\"x\":[\"\"", stdout);
    for (int i = 0; i < 50000; i++) fputs(",\"\"", stdout);
    fputs("]}}", stdout);
  } else if (!strcmp(mode, "gigabyte")) {
    fputs("{\"status\":200,\"headers\":{},\"kv\":{},\"data\":\"", stdout);
    for (int i = 0; i < 16384; i++) fwrite(block, 1, sizeof block, stdout);
    fputs("\"}", stdout);
  } else if (!strcmp(mode, "endless")) for (;;) fwrite(block, 1, sizeof block, stdout);
  else if (!strcmp(mode, "noisy")) {
    for (int i = 0; i < 1000; i++) fwrite(block, 1, sizeof block, stderr);
    fputs(answer, stdout);
  }
  return 0;
}
