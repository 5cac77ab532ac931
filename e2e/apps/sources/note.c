/* A worker that answers the first line of a file in the folder its configuration gives it. */
#include <stdio.h>
#include <string.h>

int main(void) {
  char line[256] = "";
  FILE *note = fopen("/notes/note.txt", "r");
  if (note != NULL && fgets(line, sizeof line, note) != NULL) line[strcspn(line, "\n")] = '\0';
  printf("{\"data\":\"%s\",\"headers\":{},\"status\":%d,\"kv\":{}}", line, note == NULL ? 404 : 200);
  return 0;
}
