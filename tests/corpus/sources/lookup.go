// Resolves a name: a runtime gives a container /etc/resolv.conf and /etc/hosts.
package main

import (
	"fmt"
	"net"
)

func main() {
	addresses, err := net.LookupHost("localhost")
	fmt.Println("hello", addresses, err)
}
