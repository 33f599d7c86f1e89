// An HTTP server, which needs no certificates.
package main

import (
	"fmt"
	"net"
	"net/http"
)

func main() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err == nil {
		go http.Serve(listener, http.NotFoundHandler())
	}
	fmt.Println("hello", err)
}
