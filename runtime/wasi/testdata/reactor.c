// A worker without main: its initialiser does the whole job.
#include <stdio.h>

__attribute__((constructor)) static void work(void) {
  puts("{\"data\":\"from a reactor\",\"headers\":{},\"status\":200,\"kv\":{}}");
  fflush(stdout);
}
