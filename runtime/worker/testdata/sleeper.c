// A worker that sleeps for a hundred years when its URL asks for that, and answers at once otherwise.
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

int main(void) {
  static char request[4096];
  read(0, request, sizeof request - 1);
  struct timespec century = {3153600000, 0};
  while (strstr(request, "/sleep")) nanosleep(&century, NULL);
  puts("{\"data\":\"awake\",\"headers\":{},\"status\":200,\"kv\":{}}");
  return 0;
}
