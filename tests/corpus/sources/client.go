// An HTTPS client: needs certificates.
package main

import (
	"fmt"
	"net/http"
)

func main() {
	_, err := http.Get("https://127.0.0.1:1/")
	fmt.Println("hello", err)
}
