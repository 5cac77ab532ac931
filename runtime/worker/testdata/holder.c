// A worker that opens /data/note.txt and never comes back; it ends at once when it cannot.
#include <fcntl.h>

int main(void) {
  if (open("/data/note.txt", O_RDONLY) < 0) return 1;
  for (volatile int turn = 0;; turn++) {}
}
