// C code inside Go: linked by the C compiler.
package main

/*
#include <stdio.h>
static void hello(void) { puts("hello"); fflush(stdout); }
*/
import "C"

func main() { C.hello() }
