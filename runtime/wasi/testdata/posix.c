// Uses files, directories, streams and clocks as POSIX has them, and says what came of it. Compiled for Linux and for
// WASI it has to say the same: nothing here may depend on the machine, the time or where it runs.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define NAME(e) case e: return #e
static const char *name(int error) {
  switch (error) {
    NAME(EACCES); NAME(EBADF); NAME(EBUSY); NAME(EEXIST); NAME(EFBIG); NAME(EINVAL); NAME(EISDIR); NAME(ELOOP);
    NAME(ENAMETOOLONG); NAME(ENOENT); NAME(ENOTDIR); NAME(ENOTEMPTY); NAME(EPERM); NAME(EROFS); NAME(ESPIPE);
    NAME(EXDEV); NAME(EAGAIN); NAME(EIO); NAME(ENOSYS);
  }
  return "another error";
}

// What a call answered, and why when that is -1.
static void said(const char *call, long long result) {
  if (result == -1) printf("%s: %s\n", call, name(errno));
  else printf("%s: %lld\n", call, result);
}
#define SAY(call) said(#call, (long long)(call))
// A descriptor's number is nobody's business.
#define OPENS(call) ({ int fd_ = (call); if (fd_ == -1) said(#call, -1); else puts(#call ": open"); fd_; })

static void contents(const char *path) {
  char buffer[64];
  int fd = open(path, O_RDONLY);
  ssize_t count = fd == -1 ? -1 : read(fd, buffer, sizeof buffer);
  if (fd != -1) close(fd);
  printf("  %s = ", path);
  for (ssize_t i = 0; i < count; i++) putchar(buffer[i] ? buffer[i] : '0');
  puts(count < 0 ? name(errno) : "");
}

static void files(void) {
  int fd = OPENS(open("f", O_RDWR | O_CREAT | O_EXCL, 0666));
  SAY(write(fd, "hello world", 11));
  SAY(lseek(fd, -5, SEEK_END));
  char buffer[16] = "";
  SAY(read(fd, buffer, 3));
  puts(buffer);
  SAY(read(fd, buffer, 16));
  SAY(read(fd, buffer, 16));
  SAY(pread(fd, buffer, 5, 1));
  SAY(pwrite(fd, "J", 1, 0));
  SAY(lseek(fd, 0, SEEK_CUR));
  SAY(lseek(fd, -1, SEEK_SET));
  SAY(lseek(fd, 0, 77));
  SAY(lseek(fd, 20, SEEK_SET));
  struct iovec parts[] = {{"ab", 2}, {"", 0}, {"cd", 2}};
  SAY(writev(fd, parts, 3));
  SAY(ftruncate(fd, 22));
  SAY(ftruncate(fd, -1));
  SAY(posix_fallocate(fd, 0, 4));
  SAY(fsync(fd));
  SAY(fdatasync(fd));
  SAY(close(fd));
  SAY(close(fd));
  contents("f");
  OPENS(open("f", O_RDWR | O_CREAT | O_EXCL, 0666));
  OPENS(open("missing", O_RDWR));
  OPENS(open("missing/x", O_RDWR | O_CREAT, 0666));
  OPENS(open("f/x", O_RDONLY));
  OPENS(open("f", O_RDONLY | O_DIRECTORY));
  OPENS(open(".", O_RDWR));
  fd = OPENS(open("f", O_WRONLY | O_TRUNC | O_APPEND));
  SAY(read(fd, buffer, 1));
  SAY(write(fd, "one ", 4));
  SAY(lseek(fd, 0, SEEK_SET));
  SAY(write(fd, "two", 3));
  SAY(fcntl(fd, F_GETFL) & (O_APPEND | O_ACCMODE) ? 1 : 0);
  SAY((fcntl(fd, F_GETFL) & O_ACCMODE) == O_WRONLY);
  SAY(fcntl(fd, F_SETFL, 0));
  SAY(lseek(fd, 0, SEEK_SET));
  SAY(write(fd, "T", 1));
  close(fd);
  contents("f");
  fd = open("f", O_RDONLY);
  SAY(write(fd, "x", 1));
  SAY((fcntl(fd, F_GETFL) & O_ACCMODE) == O_RDONLY);
  close(fd);
  fd = open(".", O_RDONLY);
  SAY(read(fd, buffer, 1));
  close(fd);
}

static void show(const char *path, int flags) {
  struct stat s;
  if (fstatat(AT_FDCWD, path, &s, flags) == -1) { printf("  stat %s: %s\n", path, name(errno)); return; }
  printf("  stat %s: %s, %lld bytes, %lld links\n", path,
         S_ISREG(s.st_mode) ? "file" : S_ISDIR(s.st_mode) ? "directory" : S_ISLNK(s.st_mode) ? "link" : "other",
         S_ISREG(s.st_mode) || S_ISLNK(s.st_mode) ? (long long)s.st_size : -1,
         S_ISDIR(s.st_mode) ? -1 : (long long)s.st_nlink);
}

static void names(void) {
  SAY(mkdir("d", 0777));
  SAY(mkdir("d/", 0777));
  SAY(mkdir("d/sub/", 0777));
  SAY(mkdir("no/sub", 0777));
  SAY(symlink("f", "link"));
  SAY(symlink("nowhere", "dangling"));
  SAY(symlink("round", "round"));
  SAY(symlink("f", "d/"));
  SAY(link("f", "second"));
  SAY(link("f", "second"));
  SAY(link("d", "directory"));
  SAY(link("f", "d/x/"));
  show("f", 0);
  show("link", 0);
  show("link", AT_SYMLINK_NOFOLLOW);
  show("dangling", 0);
  show("round", 0);
  show("d/", 0);
  show("f/", 0);
  char target[8] = "";
  SAY(readlink("link", target, sizeof target));
  puts(target);
  SAY(readlink("f", target, sizeof target));
  SAY(access("f", R_OK | W_OK));
  SAY(access("missing", F_OK));
  OPENS(open("link", O_RDONLY | O_NOFOLLOW));
  OPENS(open("round", O_RDONLY));
  SAY(rename("second", "d/moved"));
  SAY(rename("second", "x"));
  SAY(rename("d", "d/sub/d"));
  SAY(rename("f", "d"));
  SAY(rename("d", "f"));
  SAY(rename("d/moved/", "x"));
  SAY(rmdir("d"));
  SAY(rmdir("f"));
  SAY(rmdir("d/."));
  SAY(rmdir("d/sub/.."));
  SAY(unlink("d"));
  SAY(unlink("d/moved/"));
  SAY(unlink("d/moved"));
  SAY(unlink("d/moved"));
  SAY(rmdir("d/sub/"));
  SAY(unlink("round"));
  SAY(unlink("dangling"));
  SAY(remove("d"));
  struct timespec times[2] = {{1000, 5}, {2000, 7}};
  struct stat s;
  SAY(utimensat(AT_FDCWD, "f", times, 0));
  stat("f", &s);
  printf("%lld.%ld %lld.%ld\n", (long long)s.st_atim.tv_sec, s.st_atim.tv_nsec, (long long)s.st_mtim.tv_sec, s.st_mtim.tv_nsec);
  int fd = open("f", O_RDWR);
  times[1].tv_sec = 3000;
  SAY(futimens(fd, times));
  fstat(fd, &s);
  printf("%lld %lld\n", (long long)s.st_atim.tv_sec, (long long)s.st_mtim.tv_sec);
  close(fd);
}

static int ordered(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

static void directories(void) {
  mkdir("many", 0777);
  for (int i = 0; i < 300; i++) {
    char path[64];
    snprintf(path, sizeof path, "many/a-file-with-a-longer-name-%03d", i);
    close(open(path, O_CREAT | O_WRONLY, 0666));
  }
  DIR *dir = opendir("many");
  char *list[400];
  int count = 0;
  for (struct dirent *entry; count < 400 && (entry = readdir(dir)); count++) list[count] = strdup(entry->d_name);
  qsort(list, count, sizeof *list, ordered);
  printf("%d entries: %s %s %s .. %s\n", count, list[0], list[1], list[2], list[count - 1]);
  rewinddir(dir);
  int again = 0;
  for (struct dirent *entry; (entry = readdir(dir));)
    if (entry->d_name[0] != '.') { again++; unlinkat(dirfd(dir), entry->d_name, 0); }
  printf("%d removed while listed\n", again);
  closedir(dir);
  SAY(rmdir("many"));
  SAY(opendir("many") ? 0 : -1);
  SAY(opendir("f") ? 0 : -1);
}

static void stdio(void) {
  FILE *file = fopen("text", "wx+");
  fprintf(file, "%s %d\n%c", "line", 1, 'z');
  rewind(file);
  char line[16];
  printf("%s", fgets(line, sizeof line, file));
  SAY(fgetc(file));
  SAY(feof(file) != 0);
  SAY(fgetc(file) == EOF);
  SAY(feof(file) != 0);
  SAY(fseek(file, -3, SEEK_END));
  SAY(ftell(file));
  SAY(ungetc(fgetc(file), file));
  SAY(fgetc(file));
  fclose(file);
  SAY(fopen("text", "wx") ? 0 : -1);
  SAY(fopen("missing", "r+") ? 0 : -1);
  file = fopen("text", "a+");
  fputs("more", file);
  fclose(file);
  contents("text");
  SAY(remove("text"));
}

static void streams(void) {
  char buffer[16] = "";
  struct pollfd set[] = {{0, POLLIN, 0}, {1, POLLOUT, 0}, {open("f", O_RDONLY), POLLIN, 0}};
  SAY(poll(set, 3, -1));
  printf("%d %d %d\n", !!(set[0].revents & POLLIN), !!(set[1].revents & POLLOUT), !!(set[2].revents & POLLIN));
  SAY(lseek(0, 0, SEEK_CUR));
  SAY(pread(0, buffer, 1, 0));
  SAY(write(0, "x", 1));
  SAY(read(1, buffer, 1));
  SAY(isatty(0));
  SAY(read(0, buffer, 16));
  puts(buffer);
  SAY(read(0, buffer, 16));
  SAY(fsync(1));
  SAY(ftruncate(1, 0));
  SAY(close(77));
  SAY(read(77, buffer, 1));
}

static void clocks(void) {
  struct timespec before, after, pause = {0, 3000000};
  clock_gettime(CLOCK_MONOTONIC, &before);
  SAY(nanosleep(&pause, NULL));
  SAY(poll(NULL, 0, 2));
  clock_gettime(CLOCK_MONOTONIC, &after);
  SAY((after.tv_sec - before.tv_sec) * 1000000000LL + after.tv_nsec - before.tv_nsec >= 5000000);
  SAY(time(NULL) > 1700000000);
}

int main(void) {
  files();
  names();
  directories();
  stdio();
  streams();
  clocks();
  return 42;
}
