// An HTTPS server: brings a certificate of its own, needs nobody else's.
package main

import (
	"fmt"
	"net"
	"net/http"
)

func main() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err == nil {
		go http.ServeTLS(listener, http.NotFoundHandler(), "cert.pem", "key.pem")
	}
	fmt.Println("hello", err)
}
