// Brings its own time zones.
package main

import (
	"fmt"
	"time"
	_ "time/tzdata"
)

func main() {
	place, err := time.LoadLocation("Europe/Berlin")
	fmt.Println("hello", place, err)
}
