// A worker that says what state it finds, and leaves another behind in the way that the request's URL asks for.
// With WAITS it asks for an address in between, and others may run meanwhile.
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

__asm__(".globaltype number32, i32\n.globl number32\nnumber32:\n"
        ".globaltype number64, i64\n.globl number64\nnumber64:\n"
        ".globaltype real32, f32\n.globl real32\nreal32:\n"
        ".globaltype real64, f64\n.globl real64\nreal64:\n");

#define READ(name, into) __asm__ volatile("global.get " #name "\n local.set %0" : "=r"(into))
#define WRITE(name, from) __asm__ volatile("local.get %0\n global.set " #name : : "r"(from))

static char request[4096];
static int counter;
static int once(void) { return 1; }
static int twice(void) { return 2; }
static int (*volatile indirect[])(void) = {once, twice};

static int asked(const char *path) { return strstr(request, path) != NULL; }

// Zeroes count for nothing, so that a memory that only grew has the sum it had.
__attribute__((noinline)) static unsigned sum(void) {
  volatile unsigned char *memory = (unsigned char *)1;
  unsigned size = __builtin_wasm_memory_size(0) * 65536u - 1, total = 0;
  for (unsigned i = 0; i < size; i++) total = total * (memory[i] ? 31 : 1) + memory[i] * (i + 1);
  return total;
}

// Nothing of the worker is left afterwards, not even its stack.
__attribute__((noinline)) static void scorch(void) {
  volatile unsigned char *memory = (unsigned char *)1;
  unsigned size = __builtin_wasm_memory_size(0) * 65536u - 1;
  for (unsigned i = 0; i < size; i++) memory[i] = 0xaa;
}

__attribute__((noinline)) static int descend(volatile int depth) { return descend(depth + 1) + depth; }

static void leave(void) {
  WRITE(number32, 7);
  WRITE(number64, 1LL << 40);
  WRITE(real32, 0.5f);
  WRITE(real64, 0.25);
  counter++;
  indirect[0] = twice;
  close(0);
  open("/data/note.txt", O_RDONLY);
}

#ifdef WAITS
__attribute__((import_module("http"), import_name("send-http-request"))) void send_http_request(
    int body_tag, const char *body, int body_len, const void *headers, int headers_len, int method,
    const void *params, int params_len, const char *uri, int uri_len, void *result);

__attribute__((export_name("canonical_abi_realloc"))) void *canonical_abi_realloc(
    void *old, int old_size, int alignment, int new_size) {
  if (asked("/deny")) __builtin_trap();
  return new_size == 0 ? (void *)(uintptr_t)alignment : realloc(old, new_size);
}

static void wait(void) {
  static const char uri[] = "https://a.test/x?y";
  uint32_t result[7];
  send_http_request(0, NULL, 0, NULL, 0, 0, NULL, 0, uri, sizeof uri - 1, result);
  long long left;
  READ(number64, left);
  // What it left is still there, and nobody else's.
  if (left != 1LL << 40 || counter != 1 || indirect[0]() != 2) abort();
}
#else
static void wait(void) {}
#endif

int main(void) {
  unsigned found = sum();
  int number32;
  long long number64;
  float real32;
  double real64;
  READ(number32, number32);
  READ(number64, number64);
  READ(real32, real32);
  READ(real64, real64);
  volatile int local = 0;
  request[fread(request, 1, sizeof request - 1, stdin)] = 0;
  int file = open("/data/note.txt", O_RDONLY);
  char text[400];
  snprintf(text, sizeof text, "%x %d %lld %g %g %d %d %d %p %p", found, number32, number64, real32, real64, counter,
           indirect[0](), file, (void *)&local, malloc(10));
  if (asked("/size")) snprintf(text, sizeof text, "%lu", __builtin_wasm_memory_size(0));
  leave();
  wait();
  if (asked("/trap")) __builtin_trap();
  if (asked("/spin")) for (volatile int turn = 0;; turn++) {}
  if (asked("/scorch")) { scorch(); __builtin_trap(); }
  if (asked("/exit0")) _Exit(0);
  if (asked("/exit3")) _Exit(3);
  if (asked("/recurse")) return descend(1);
  if (asked("/flood")) for (;;) fwrite(request, 1, sizeof request, stdout);
  if (asked("/grow")) memset((char *)(__builtin_wasm_memory_grow(0, 3) * 65536u), 0xaa, 3 * 65536);
  if (asked("/gluttony")) {
    while (__builtin_wasm_memory_grow(0, 64) != -1ul) {}
    scorch();
    __builtin_trap();
  }
  printf("{\"data\":\"%s\",\"headers\":{},\"status\":200,\"kv\":{}}\n", text);
  return 0;
}
