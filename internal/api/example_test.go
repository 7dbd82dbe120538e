package api_test

import (
	"context"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"

	"cleaner/internal/api"
	"cleaner/internal/iam"
	"cleaner/internal/secret"
)

// A service that answers as documented, and one that refuses under HTTP 200.
func ExampleClient_DeleteTask() {
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/v2/tasks/0af3" {
			_, _ = io.WriteString(w, "null")
			return
		}
		_, _ = io.WriteString(w, `{"error_code":"CC.00050015","error_msg":"task is running"}`)
	}))
	defer service.Close()

	credentials, err := iam.NewTokenFile(secret.Value("token"), 0)
	if err != nil {
		log.Fatal(err)
	}
	client, err := api.New(api.Options{Endpoint: service.URL, Credentials: credentials})
	if err != nil {
		log.Fatal(err)
	}
	defer client.CloseIdleConnections()
	for _, id := range []string{"0af3", "0af4", "../0af5"} {
		a, err := client.DeleteTask(context.Background(), id)
		fmt.Println(a.Status, a.Body, a.Codes, err)
	}
	// Output:
	// 200 null [] <nil>
	// 200 coded [CC.00050015] <nil>
	// 0  [] delete task: invalid: task ID has byte '.' at position 1: only letters, digits, - and _ are allowed
}
