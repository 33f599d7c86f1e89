#include <netdb.h>
#include <stdio.h>

int main(void) {
  struct addrinfo *found = 0;
  printf("hello %d\n", getaddrinfo("localhost", "80", 0, &found));
  return 0;
}
