// A worker that answers by the path of the request's URL.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int counter;
static char request[65536];

__attribute__((import_module("http"), import_name("send-http-request"))) void send_http_request(
    int body_tag, const char *body, int body_len, const void *headers, int headers_len, int method,
    const void *params, int params_len, const char *uri, int uri_len, void *result);

__attribute__((export_name("canonical_abi_realloc"))) void *canonical_abi_realloc(
    void *old, int old_size, int alignment, int new_size) {
  return new_size == 0 ? (void *)(uintptr_t)alignment : realloc(old, new_size);
}

static void answer(const char *data) {
  printf("{\"data\":\"%s\",\"headers\":{\"x-kind\":\"c\"},\"status\":201,\"kv\":{\"n\":\"1\"}}\n", data);
}

static int asked(const char *path) { return strstr(request, path) != NULL; }

static void fetch(const char *uri) {
  struct { uint8_t tag, pad[3]; uint8_t code, pad2[3]; char *message; uint32_t length, rest[3]; } result;
  send_http_request(0, NULL, 0, (void *)4, 0, 0, (void *)4, 0, uri, strlen(uri), &result);
  char text[300];
  snprintf(text, sizeof text, "%d %d %.*s", result.tag, result.code, (int)result.length, result.message);
  answer(text);
}

static void say_file(const char *path) {
  char text[100] = "";
  FILE *file = fopen(path, "r");
  if (file == NULL) { answer("cannot open"); return; }
  text[fread(text, 1, sizeof text - 1, file)] = 0;
  answer(text);
}

__attribute__((noinline)) static int descend(volatile int depth) { return descend(depth + 1) + depth; }

int main(int argc, char **argv) {
  (void)argv;
  request[fread(request, 1, sizeof request - 1, stdin)] = 0;
  counter++;
  char text[100];
  if (asked("/count")) { snprintf(text, sizeof text, "%d", counter); answer(text); }
  else if (asked("/trap")) { fputs("about to trap\n", stderr); __builtin_trap(); }
  else if (asked("/exit0")) { answer("exited"); fflush(stdout); _Exit(0); }
  else if (asked("/exit3")) { answer("lost"); fflush(stdout); _Exit(3); }
  else if (asked("/garbage")) puts("not json");
  else if (asked("/silent")) {}
  else if (asked("/twice")) { answer("one"); answer("two"); }
  else if (asked("/flood")) for (;;) fwrite(request, 1, sizeof request, stdout);
  else if (asked("/noise")) { for (int i = 0; i < 100; i++) fwrite(request, 1, sizeof request, stderr); answer("noisy"); }
  else if (asked("/argc")) { snprintf(text, sizeof text, "%d", argc); answer(text); }
  else if (asked("/env")) { const char *v = getenv("GREETING"); answer(v ? v : "unset"); }
  else if (asked("/path-env")) answer(getenv("PATH") ? "inherited" : "clean");
  else if (asked("/file")) say_file("/data/note.txt");
  else if (asked("/fetch-relative")) fetch("/x");
  else if (asked("/fetch-bad")) fetch("http://a b/");
  else if (asked("/fetch")) fetch("https://user@example.org:8443/x?y");
  else if (asked("/recurse")) { snprintf(text, sizeof text, "%d", descend(1)); answer(text); }
  else if (asked("/echo")) fwrite(request, 1, strlen(request), stderr), answer("echoed");
  else if (asked("/gluttony")) {
    // Counted through a volatile pointer: the compiler would leave out what nobody looks at.
    int megabytes = 0;
    for (void *volatile block; (block = malloc(1 << 20)) != NULL;) megabytes++;
    snprintf(text, sizeof text, "%d", megabytes);
    answer(text);
  }
  else answer("hello");
  return 0;
}
