#include <pwd.h>
#include <stdio.h>

int main(void) {
  printf("hello %d\n", getpwnam("nobody") != 0);
  return 0;
}
