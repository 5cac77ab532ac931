/* As count.c, with much data and a memory that grows: what its first page, its last and a new one had is told. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SIZE = 4 * 1024 * 1024, MORE = 512 * 1024 };
static unsigned char data[SIZE] = {[0] = 1, [SIZE - 1] = 1};

int main(void) {
  char request[65536];
  fread(request, 1, sizeof request, stdin);
  unsigned char *volatile more = malloc(MORE);
  for (unsigned at = 0; at < SIZE; at += 128 * 1024) data[at + 1]++;
  data[0]++, data[SIZE - 1]++;
  memset(more, 1, MORE);
  printf("{\"data\":\"%d %d %d %lu\",\"headers\":{},\"status\":200,\"kv\":{}}", data[0], data[1], data[SIZE - 1],
         __builtin_wasm_memory_size(0));
  return 0;
}
