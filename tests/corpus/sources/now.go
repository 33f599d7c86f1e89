// Prints a time, which needs no time zones.
package main

import (
	"fmt"
	"time"
)

func main() { fmt.Println("hello", time.Now()) }
