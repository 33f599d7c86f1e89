#include <stdio.h>
#include <stdlib.h>

int main(void) {
  printf("hello %d\n", system("true"));
  return 0;
}
