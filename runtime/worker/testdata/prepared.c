// A reactor that is prepared once and then answers each request by an export, as frozen workers of the kits do.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

__attribute__((import_module("http"), import_name("send-http-request"))) void send_http_request(
    int body_tag, const char *body, int body_len, const void *headers, int headers_len, int method,
    const void *params, int params_len, const char *uri, int uri_len, void *result);

static int initialised, prepared, handled;
static unsigned char early[28];
static char request[65536], note[64];
// Or compilers leave out memory that nobody looks at.
static void *volatile filled;

static void fill(size_t bytes) { filled = memset(malloc(bytes), 7, bytes); }

__attribute__((export_name("canonical_abi_realloc"))) void *canonical_abi_realloc(
    void *old, int old_size, int alignment, int new_size) {
  (void)old; (void)old_size;
  return new_size == 0 ? (void *)(uintptr_t)alignment : malloc(new_size);
}

static int vars(const char *name) { return getenv("MODE") != NULL && strcmp(getenv("MODE"), name) == 0; }

__attribute__((constructor)) static void initialise(void) { initialised++; }

__attribute__((export_name("wws_prepare"))) int prepare(void) {
  prepared++;
  FILE *file = fopen("/data/note.txt", "r");
  if (file != NULL) { fgets(note, sizeof note, file); fclose(file); }
  send_http_request(0, NULL, 0, NULL, 0, 0, NULL, 0, "https://a.test/", 15, early);
  if (vars("talk")) fprintf(stderr, "preparing\n");
  if (vars("trap")) __builtin_trap();
  if (vars("exit")) _Exit(0);
  // More than it begins with, so that an instance that is made anew has to grow.
  fill(1 << 20);
  if (vars("large")) fill(80 << 20);
  return vars("refuse") ? 1 : 0;
}

__attribute__((export_name("wws_handle"))) void handle(void) {
  request[fread(request, 1, sizeof request - 1, stdin)] = 0;
  if (strstr(request, "/late") != NULL) {
    memset(early, 0, sizeof early);
    send_http_request(0, NULL, 0, NULL, 0, 0, NULL, 0, "https://a.test/", 15, early);
  }
  if (strstr(request, "/trap") != NULL) __builtin_trap();
  if (strstr(request, "/grow") != NULL) fill(1 << 22);
  uint32_t length = *(uint32_t *)(early + 12);
  printf("{\"data\":\"%d %d %d %s %d %d %.*s\",\"headers\":{},\"status\":200,\"kv\":{}}", initialised, prepared,
         ++handled, note, (int)early[0], (int)early[4], (int)length, *(char **)(early + 8));
  fflush(stdout);
}
