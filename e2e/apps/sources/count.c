/* A worker of the JSON envelope with a counter in a global: it answers 1 as long as every request is fresh. */
#include <stdio.h>

static int visits = 0;

int main(void) {
  char request[65536];
  size_t length = fread(request, 1, sizeof request, stdin);
  visits += 1;
  fprintf(stderr, "count.wasm read %s\n", length > 0 ? "a request" : "nothing");
  printf("{\"data\":\"wasm visits=%d\",\"headers\":{\"content-type\":\"text/plain\"},\"status\":200,\"kv\":{}}", visits);
  return 0;
}
