// A client that needs what an empty root does not have: CA certificates, time zones, /tmp and a list of users.
package main

import (
	"fmt"
	"net/http"
	"os"
	"os/user"
	"time"
)

func get(url string) (string, error) {
	answer, err := http.Get(url)
	if err != nil {
		return "", err
	}
	defer answer.Body.Close()
	return answer.Status, nil
}

func zone() (string, error) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		return "", err
	}
	return time.Unix(0, 0).In(berlin).Format(time.RFC3339), nil
}

func temporary() (string, error) {
	file, err := os.CreateTemp("", "go_client-")
	if err != nil {
		return "", err
	}
	defer os.Remove(file.Name())
	return "made", file.Close()
}

func self() (string, error) {
	found, err := user.LookupId(fmt.Sprint(os.Getuid()))
	if err != nil {
		return "", err
	}
	return found.Username + " in " + found.HomeDir, nil
}

func main() {
	url := "https://localhost:8443/"
	if len(os.Args) > 1 {
		url = os.Args[1]
	}
	status := 0
	show := func(what, text string, err error) {
		if err != nil {
			text, status = fmt.Sprint("failed: ", err), 1
		}
		fmt.Printf("%s: %s\n", what, text)
	}
	text, err := zone()
	show("zone", text, err)
	text, err = temporary()
	show("temporary file", text, err)
	text, err = self()
	show("user", text, err)
	text, err = get(url)
	show("tls", text, err)
	os.Exit(status)
}
