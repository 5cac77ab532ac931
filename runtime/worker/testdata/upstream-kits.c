// Does to the host what binaries of wws's own kits do, byte for byte: those of its Rust kit and, with -DGO, those of its
// Go kit, which TinyGo compiled. The path of the request says what happens.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct { uint8_t tag, pad[3], code, pad2[3]; uint8_t *pointer; uint32_t length; uint8_t *headers; uint32_t count; uint16_t status, pad3; } reply;
_Static_assert(sizeof(reply) == 28, "the result area has 28 bytes");

__attribute__((import_module("http"), import_name("send-http-request"))) void send_http_request(
    int body_tag, uintptr_t body, int body_len, uintptr_t headers, int headers_len, int method,
    uintptr_t params, int params_len, const char *uri, int uri_len, reply *result);

static char request[65536];
static int freed;

#ifdef GO
// The C bindings call it cabi_realloc and export it under the old name; nothing gives memory back.
__attribute__((export_name("canonical_abi_realloc"))) void *cabi_realloc(void *old, size_t old_size, size_t alignment, size_t size) {
  (void)old_size;
  return size == 0 ? (void *)alignment : realloc(old, size);
}
#else
__attribute__((export_name("canonical_abi_realloc"))) void *allocate(void *old, size_t old_size, size_t alignment, size_t size) {
  (void)old_size;
  return size == 0 ? (void *)alignment : realloc(old, size);
}
__attribute__((export_name("canonical_abi_free"))) void release(void *memory, size_t size, size_t alignment) {
  (void)alignment;
  if (size > 0) { free(memory); freed++; }
}
#endif

static void answer(const char *data, int status, const char *kv) {
#ifdef GO
  // Each write of a handler is a whole answer, keys in the order in which sjson sets them.
  printf("{\"data\":\"%s\",\"kv\":%s,\"status\":%d,\"headers\":{\"x\":\"1\"},\"base64\":false}", data, kv, status);
#else
  printf("{\"data\":\"%s\",\"headers\":{\"x\":\"1\"},\"status\":%d,\"kv\":%s,\"base64\":false}\n", data, status, kv);
#endif
}

static void fetch(void) {
  static const char uri[] = "https://a.test/";
  reply result;
  // Empty lists point nowhere: at their alignment in Rust, at nothing in C.
#ifdef GO
  send_http_request(0, 0, 0, 0, 0, 0, 0, 0, uri, sizeof uri - 1, &result);
#else
  send_http_request(1, 1, 0, 4, 0, 0, 4, 0, uri, sizeof uri - 1, &result);
#endif
  char text[4096];
  int at = sprintf(text, "%d %d %d %.*s", result.tag, result.code, result.tag ? 0 : result.status, (int)result.length, (char *)result.pointer);
#ifndef GO
  release(result.pointer, result.length, 1);
  sprintf(text + at, " freed %d", freed);
#else
  (void)at;
#endif
  answer(text, 200, "{}");
}

int main(void) {
  request[fread(request, 1, sizeof request - 1, stdin)] = 0;
#ifdef GO
  if (strstr(request, "\"method\":\"GET\"") == NULL) { fprintf(stderr, "Error reading the request\n"); return 1; }
  if (strstr(request, "/twice")) answer("one", 200, "{}");
  if (strstr(request, "/nothing")) return 0;
#else
  if (strstr(request, "localhost/a b")) { fprintf(stderr, "InvalidUri(InvalidUriChar)\n"); __builtin_trap(); }
  if (strstr(request, "/error")) { answer("There was an error running the handler", 500, "{}"); return 0; }
#endif
  if (strstr(request, "/fetch")) fetch();
  else answer("two", 200, "{\"n\":\"1\"}");
  return 0;
}
