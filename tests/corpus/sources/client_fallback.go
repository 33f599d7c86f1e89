// An HTTPS client that brings its own certificates.
package main

import (
	"crypto/x509"
	"fmt"
	"net/http"
)

func main() {
	x509.SetFallbackRoots(x509.NewCertPool())
	_, err := http.Get("https://127.0.0.1:1/")
	fmt.Println("hello", err)
}
