// Looks for /etc/mime.types, and has a table of its own.
package main

import (
	"fmt"
	"mime"
)

func main() { fmt.Println("hello", mime.TypeByExtension(".webp")) }
