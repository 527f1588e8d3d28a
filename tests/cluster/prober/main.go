// prober is what the tests put into pods: asked over HTTP, it asks, resolves, writes and reads from inside the cluster.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
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
	listen()
	for _, port := range strings.FieldsFunc(os.Getenv("PORTS"), func(r rune) bool { return r == ',' }) {
		go func() { log.Fatal(http.ListenAndServe(":"+port, nil)) }()
	}
	log.Fatal(http.ListenAndServe(":8080", nil))
}

var (
	lock  sync.Mutex
	heard = map[string]int{}
)

// Asks its sidecar, if it has one, for every topic there is, and counts what comes.
func listen() {
	http.HandleFunc("/dapr/subscribe", func(w http.ResponseWriter, _ *http.Request) {
		topics := []map[string]string{}
		for _, topic := range []string{"auth", "learning", "payments", "notifications", "activity"} {
			topics = append(topics, map[string]string{"pubsubname": "pubsub", "topic": topic, "route": "/heard/" + topic})
		}
		_ = json.NewEncoder(w).Encode(topics)
	})
	http.HandleFunc("/heard/", func(w http.ResponseWriter, r *http.Request) {
		lock.Lock()
		defer lock.Unlock()
		if topic := strings.TrimPrefix(r.URL.Path, "/heard/"); topic != "" {
			heard[topic]++
		}
		_ = json.NewEncoder(w).Encode(heard)
	})
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
