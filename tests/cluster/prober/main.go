// prober is what the tests put into pods: asked over HTTP, it asks, resolves, writes and reads from inside the cluster.
package main

import (
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"strings"
	"time"
)

var client = http.Client{Timeout: 2 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}

func main() {
	http.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "hello from ", os.Getenv("HOSTNAME")) })
	answer("/get", func(r *http.Request) (string, error) {
		response, err := client.Get(r.FormValue("url"))
		if err != nil {
			return "", err
		}
		defer response.Body.Close()
		body, err := io.ReadAll(response.Body)
		return fmt.Sprint(response.StatusCode, " ", string(body)), err
	})
	answer("/resolve", func(r *http.Request) (string, error) {
		addresses, err := net.LookupHost(r.FormValue("name"))
		return fmt.Sprint(addresses), err
	})
	answer("/write", func(r *http.Request) (string, error) {
		return "written", os.WriteFile(r.FormValue("file"), []byte(r.FormValue("text")), 0o600)
	})
	answer("/read", func(r *http.Request) (string, error) {
		content, err := os.ReadFile(r.FormValue("file"))
		return string(content), err
	})
	for _, port := range strings.FieldsFunc(os.Getenv("PORTS"), func(r rune) bool { return r == ',' }) {
		go func() { log.Fatal(http.ListenAndServe(":"+port, nil)) }()
	}
	log.Fatal(http.ListenAndServe(":8080", nil))
}

func answer(path string, do func(*http.Request) (string, error)) {
	http.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
		if result, err := do(r); err != nil {
			fmt.Fprint(w, "error: ", err)
		} else {
			fmt.Fprint(w, result)
		}
	})
}
