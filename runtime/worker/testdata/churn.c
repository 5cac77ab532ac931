/* Opens and closes a file for ever: whenever it is stopped, it is likely to be in one of the two. */
#include <fcntl.h>
#include <unistd.h>

int main(void) {
  for (;;) {
    int fd = open("/data/note.txt", O_RDONLY);
    if (fd < 0) return 1;
    close(fd);
  }
}
