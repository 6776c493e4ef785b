// Command hello is a web server that says who it is.
package main

import (
	"fmt"
	"log"
	"net/http"
	"os"
)

func main() {
	http.HandleFunc("GET /", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, "hello from user %d\n", os.Getuid())
	})
	log.Fatal(http.ListenAndServe(":8080", nil))
}
