// Command go_service answers HTTP requests until it is told to stop. It is an example of a program for an image from
// scratch: it needs no file and no other program.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
)

const greeting = "hello from an empty root"

func handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { fmt.Fprintf(w, "%s: %s\n", greeting, r.URL.Path) })
	return mux
}

func main() {
	address := flag.String("listen", ":8080", "address to listen on")
	flag.Parse()
	stop, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	server := &http.Server{Addr: *address, Handler: handler(), ReadHeaderTimeout: 5 * time.Second}
	go func() {
		<-stop.Done()
		grace, done := context.WithTimeout(context.Background(), 10*time.Second)
		defer done()
		_ = server.Shutdown(grace)
	}()
	log.Printf("listening on %s as uid %d", *address, os.Getuid())
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		log.Fatal(err)
	}
}
