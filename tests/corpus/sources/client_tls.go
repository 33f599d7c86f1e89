// A TLS client without HTTP: needs certificates.
package main

import (
	"crypto/tls"
	"fmt"
)

func main() {
	_, err := tls.Dial("tcp", "127.0.0.1:1", nil)
	fmt.Println("hello", err)
}
