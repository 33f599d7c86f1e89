/* Prints its arguments: the smallest program worth an image. */
#include <stdio.h>

int main(int argc, char **argv)
{
	printf("c_program on %s:", ARCHITECTURE);
	for (int i = 1; i < argc; i++)
		printf(" %s", argv[i]);
	putchar('\n');
	return 0;
}
