// Go as a library for C.
package main

import "C"

//export answer
func answer() int { return 42 }

func main() {}
