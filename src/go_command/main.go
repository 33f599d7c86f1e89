// Command go_command prints what it runs on. It is built by a newer Go than Pants' own backend knows, for two CPUs.
package main

import (
	"fmt"
	"os"
	"runtime"
	"strings"
)

func main() {
	fmt.Printf("%s/%s %s %s\n", runtime.GOOS, runtime.GOARCH, runtime.Version(), strings.Join(os.Args[1:], " "))
}
