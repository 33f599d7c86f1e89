// Says whether one thing that the standard library looks for is found: probe WHAT [NAME].
package main

import (
	"crypto/x509"
	"fmt"
	"mime"
	"os"
	"os/user"
	"time"
)

func answer(err error) {
	if err != nil {
		fmt.Println("no:", err)
		return
	}
	fmt.Println("yes")
}

func made(dir string, err error) {
	if err == nil {
		err = os.MkdirAll(dir, 0o700)
	}
	if err == nil {
		var file *os.File
		if file, err = os.CreateTemp(dir, "x"); err == nil {
			file.Close()
		}
	}
	answer(err)
}

func main() {
	switch os.Args[1] {
	case "certificates":
		pool, err := x509.SystemCertPool()
		if err == nil && pool.Equal(x509.NewCertPool()) {
			err = fmt.Errorf("the pool is empty")
		}
		answer(err)
	case "zone":
		_, err := time.LoadLocation(os.Args[2])
		answer(err)
	case "local":
		fmt.Println(time.Unix(0, 0).Format("-0700"))
	case "temporary":
		file, err := os.CreateTemp("", "x")
		if err == nil {
			file.Close()
		}
		answer(err)
	case "cache":
		made(os.UserCacheDir())
	case "user":
		_, err := user.Current()
		answer(err)
	case "lookup":
		_, err := user.Lookup(os.Args[2])
		answer(err)
	case "media-types":
		var err error
		if mime.TypeByExtension(".probe") == "" {
			err = fmt.Errorf("no type")
		}
		answer(err)
	}
}
