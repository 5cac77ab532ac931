// A worker that sends a request to $UPSTREAM and answers by the path of its own URL with what came back.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct { const char *name; uint32_t name_len; const char *value; uint32_t value_len; } header;
typedef struct {
  uint8_t tag, pad[3];
  uint8_t code, pad2[3];  // the tag of the body when all went well
  uint8_t *pointer;       // of the body or the message
  uint32_t length;
  header *headers;
  uint32_t header_count;
  uint16_t status, pad3;
} reply;

__attribute__((import_module("http"), import_name("send-http-request"))) void send_http_request(
    int body_tag, const char *body, int body_len, const header *headers, int headers_len, int method,
    const void *params, int params_len, const char *uri, int uri_len, reply *result);

static int allocations, sabotage, counter;
static char order[4096], request[65536], touched[1 << 16];

__attribute__((export_name("canonical_abi_realloc"))) void *canonical_abi_realloc(
    void *old, int old_size, int alignment, int new_size) {
  (void)old; (void)old_size;
  allocations++;
  if (sabotage == 1) __builtin_trap();
  // Growth moves the memory's bytes, as the host sees it.
  if (sabotage == 2) __builtin_wasm_memory_grow(0, 1);
  if (strlen(order) < sizeof order - 32) sprintf(order + strlen(order), "%d/%d ", alignment, new_size);
  return new_size == 0 ? (void *)(uintptr_t)alignment : malloc(new_size);
}

static void answer(const char *text) { printf("{\"data\":\"%s\",\"headers\":{},\"status\":200,\"kv\":{}}", text); }

static int asked(const char *path) { return strstr(request, path) != NULL; }

static reply ask(int method, const char *body, const header *headers, int count) {
  const char *uri = getenv("UPSTREAM");
  reply result;
  memset(&result, 0xff, sizeof result);
  send_http_request(body != NULL, body, body ? strlen(body) : 0, headers, count, method, (void *)4, 0, uri, strlen(uri), &result);
  return result;
}

int main(void) {
  request[fread(request, 1, sizeof request - 1, stdin)] = 0;
  // 1 0 in every request, or something of an earlier one was left.
  int dirty = 0;
  for (unsigned i = 0; i < sizeof touched; i++) dirty |= touched[i];
  memset(touched, 1, sizeof touched);
  char text[8192];
  int at = sprintf(text, "%d %d ", ++counter, dirty);
  if (asked("/count")) { answer(text); return 0; }
  if (asked("/sabotage")) sabotage = 1;
  if (asked("/grow")) sabotage = 2;
  const header given[] = {{"x-a", 3, "1", 1}, {"x-a", 3, "\xc3\xa9", 2}, {(void *)1, 0, (void *)1, 0}};
  if (asked("/bad-verb")) ask(7, NULL, NULL, 0);
  if (asked("/bad-tag")) send_http_request(2, NULL, 0, NULL, 0, 0, NULL, 0, "x", 1, NULL);
  if (asked("/bad-pointer")) send_http_request(1, (char *)-8, 100, NULL, 0, 0, NULL, 0, "x", 1, NULL);
  if (asked("/bad-utf8")) send_http_request(0, NULL, 0, NULL, 0, 0, NULL, 0, "\xff", 1, NULL);
  if (asked("/bad-result")) send_http_request(0, NULL, 0, NULL, 0, 0, NULL, 0, "x", 1, (reply *)-4);
  static header many[2000];
  reply got = asked("/post") ? ask(1, "sent", given, 2) : asked("/many") ? ask(0, NULL, many, 2000) : ask(0, NULL, (void *)4, 0);
  for (int i = 1; asked("/three") && i < 3; i++) got = ask(0, NULL, NULL, 0);
  if (asked("/trap")) __builtin_trap();
  if (asked("/spin")) for (volatile int i = 0;; i++) {}
  if (asked("/exit")) { fflush(stdout); _Exit(3); }
  if (got.tag == 1) {
    sprintf(text + at, "error %d %.*s", got.code, (int)got.length, got.pointer);
  } else {
    at += sprintf(text + at, "%d %d:%.*s", got.status, got.code, (int)got.length, got.pointer);
    for (uint32_t i = 0; i < got.header_count; i++) {
      if (got.headers[i].name[0] != 'x') continue;
      at += sprintf(text + at, " %.*s=%.*s", (int)got.headers[i].name_len, got.headers[i].name, (int)got.headers[i].value_len, got.headers[i].value);
    }
  }
  if (asked("/order")) strcpy(text, order);
  answer(text);
  return 0;
}
