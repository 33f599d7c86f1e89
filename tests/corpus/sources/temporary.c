#include <stdio.h>
#include <stdlib.h>

int main(void) {
  char path[] = "/tmp/xXXXXXX";
  printf("hello %d %d\n", tmpfile() != 0, mkstemp(path) >= 0);
  return 0;
}
