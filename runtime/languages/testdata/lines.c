// An interpreter of a language of lines: prints the file that its arguments name, without line ends, and for lines
// that begin with "@" what they ask for.
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void print_file(const char *path) {
  char text[4096];
  FILE *file = fopen(path, "r");
  if (file == NULL) { fputs("nothing", stdout); return; }
  size_t length = fread(text, 1, sizeof text - 1, file);
  fclose(file);
  text[length] = 0;
  text[strcspn(text, "\n")] = 0;
  fputs(text, stdout);
}

static int writes(const char *path) {
  int fd = open(path, O_WRONLY | O_CREAT, 0600);
  if (fd < 0) return 0;
  close(fd);
  return 1;
}

int main(int argc, char **argv) {
  static char line[4096];
  FILE *source = fopen(argv[argc - 1], "r");
  if (source == NULL) { fprintf(stderr, "cannot open %s\n", argv[argc - 1]); return 3; }
  while (fgets(line, sizeof line, source) != NULL) {
    line[strcspn(line, "\n")] = 0;
    if (strncmp(line, "@file ", 6) == 0) print_file(line + 6);
    else if (strncmp(line, "@env ", 5) == 0) { const char *value = getenv(line + 5); fputs(value ? value : "unset", stdout); }
    else if (strncmp(line, "@write ", 7) == 0) fputs(writes(line + 7) ? "written" : "refused", stdout);
    else if (strcmp(line, "@args") == 0) for (int i = 0; i < argc; i++) printf("%s;", argv[i]);
    else if (strcmp(line, "@stdin") == 0) { int c; while ((c = getchar()) != EOF) { if (c == '"' || c == '\\') putchar('\\'); putchar(c); } }
    else fputs(line, stdout);
  }
  return 0;
}
