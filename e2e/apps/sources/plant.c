/* A worker that writes what its request's body says into the file of /data that its query names. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static char request[65536];

/* The text of a string in the request, as it is up to `end`; what is sent here has no escapes. */
static char *value(const char *before, char end) {
  char *start = strstr(request, before);
  if (start == NULL) return NULL;
  start += strlen(before);
  char *stop = strchr(start, end);
  if (stop != NULL) *stop = 0;
  return start;
}

int main(void) {
  request[fread(request, 1, sizeof request - 1, stdin)] = 0;
  char *body = value("\"body\":\"", '"'), *name = value("?", '"');
  char path[4096];
  snprintf(path, sizeof path, "/data/%s", name);
  for (char *at = strchr(path + 6, '/'); at != NULL; at = strchr(at + 1, '/')) {
    *at = 0;
    mkdir(path, 0777);
    *at = '/';
  }
  FILE *file = fopen(path, "w");
  int written = file != NULL && fputs(body, file) >= 0 && fclose(file) == 0;
  printf("{\"data\":\"%s\",\"headers\":{},\"status\":200,\"kv\":{}}", written ? "written" : "refused");
  return 0;
}
