// Needs /usr/share/zoneinfo.
package main

import (
	"fmt"
	"time"
)

func main() {
	place, err := time.LoadLocation("Europe/Berlin")
	fmt.Println("hello", place, err)
}
