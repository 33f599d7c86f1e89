// Needs /tmp.
package main

import (
	"fmt"
	"os"
)

func main() {
	file, err := os.CreateTemp("", "x")
	fmt.Println("hello", file != nil, err)
}
