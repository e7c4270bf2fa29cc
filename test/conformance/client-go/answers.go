package main

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
)

// answers remembers in which encodings a server has answered for resources.
type answers struct {
	mutex    sync.Mutex
	protobuf int
	watches  int
	others   []string
}

// record wraps a transport. Discovery and /version are JSON by the client's own wish.
func (a *answers) record(next http.RoundTripper) http.RoundTripper {
	return roundTripper(func(request *http.Request) (*http.Response, error) {
		response, err := next.RoundTrip(request)
		if err == nil && strings.Count(request.URL.Path, "/") > 2 {
			a.add(request, response.Header.Get("Content-Type"))
		}
		return response, err
	})
}

func (a *answers) add(request *http.Request, contentType string) {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	switch contentType {
	case "application/vnd.kubernetes.protobuf":
		a.protobuf++
	case "application/vnd.kubernetes.protobuf;stream=watch":
		a.watches++
	default:
		a.others = append(a.others, request.Method+" "+request.URL.Path+": "+contentType)
	}
}

func (a *answers) report() {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	fmt.Println("protobuf answers", a.protobuf > 40, "protobuf watches", a.watches > 1, "other answers", a.others)
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(request *http.Request) (*http.Response, error) { return f(request) }
