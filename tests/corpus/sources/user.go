// Needs /etc/passwd.
package main

import (
	"fmt"
	"os/user"
)

func main() {
	found, err := user.Lookup("nobody")
	fmt.Println("hello", found, err)
}
