/*
 * The compiled worker of examples/hello, served at /count. It needs no libc: it reads the request's JSON
 * envelope from stdin (and looks no further than its size) and writes the answer's envelope to stdout.
 * The counter lives in linear memory; every request sees it fresh.
 *
 *   make examples        rebuilds examples/hello/count.wasm with clang and lld
 */
typedef unsigned int u32;

struct span {
  const void *data;
  u32 length;
};

__attribute__((import_module("wasi_snapshot_preview1"), import_name("fd_read")))
u32 fd_read(u32 fd, struct span *into, u32 count, u32 *read);
__attribute__((import_module("wasi_snapshot_preview1"), import_name("fd_write")))
u32 fd_write(u32 fd, const struct span *from, u32 count, u32 *written);

static char buffer[4096];
static char number[12];
static u32 visits;

static u32 text_length(const char *text) {
  u32 n = 0;
  while (text[n]) n++;
  return n;
}

static void put(const char *text, u32 length) {
  struct span span = {text, length};
  u32 written;
  fd_write(1, &span, 1, &written);
}

static void put_text(const char *text) { put(text, text_length(text)); }

static void put_number(u32 value) {
  u32 at = sizeof number;
  do number[--at] = (char)('0' + value % 10);
  while (value /= 10);
  put(number + at, sizeof number - at);
}

__attribute__((export_name("_start"))) void start(void) {
  u32 total = 0, got = 0;
  do {
    struct span span = {buffer, sizeof buffer};
    if (fd_read(0, &span, 1, &got)) break;
    total += got;
  } while (got);
  visits++;

  put_text("{\"data\":\"Hello from compiled WebAssembly. Your request is ");
  put_number(total);
  put_text(" bytes of JSON; visits in this instance: ");
  put_number(visits);
  put_text("\\n\",\"headers\":{\"content-type\":\"text/plain\"},\"status\":200,\"kv\":{}}");
}
