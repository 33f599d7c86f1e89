#include <stdio.h>
#include <stdlib.h>
#include <time.h>

int main(void) {
  time_t now = time(0);
  setenv("TZ", "Europe/Berlin", 1);
  tzset();
  printf("hello %d\n", localtime(&now)->tm_hour);
  return 0;
}
