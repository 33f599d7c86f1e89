// Needs another program.
package main

import (
	"fmt"
	"os/exec"
)

func main() { fmt.Println("hello", exec.Command("git", "version").Run()) }
