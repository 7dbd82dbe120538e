package api_test

import (
	"context"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"

	"cleaner/internal/api"
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

	credentials, err := api.NewTokenFile(api.SecretValue("token"))
	if err != nil {
		log.Fatal(err)
	}
	client, err := api.New(api.Options{Endpoint: service.URL, Credentials: credentials})
	if err != nil {
		log.Fatal(err)
	}
	defer client.CloseIdleConnections()
	for _, id := range []string{"0af3", "0af4", "../0af5"} {
		answer, err := client.DeleteTask(context.Background(), id)
		fmt.Println(answer.Status, answer.Body, answer.Codes, err)
	}
	// Output:
	// 200 null [] <nil>
	// 200 coded [CC.00050015] <nil>
	// 0  [] delete task: invalid: task ID has byte '.' at position 1: only letters, digits, - and _ are allowed
}

// Credentials are made from where the secret is kept; the secret itself prints
// as stars.
func ExampleNewPassword() {
	_, iam, err := api.Endpoints("cn-north-4")
	if err != nil {
		log.Fatal(err)
	}
	password := api.SecretValue("correct horse")
	_, err = api.NewPassword(api.PasswordOptions{
		Endpoint: iam, Domain: "account", User: "cleaner", Project: "cn-north-4", Password: password,
	})
	secret, _ := password()
	fmt.Println(iam, secret, err)
	// Output: https://iam.cn-north-4.myhuaweicloud.com *** <nil>
}

// A region's endpoints follow from its ID.
func ExampleEndpoints() {
	service, _, err := api.Endpoints("sa-brazil-1")
	fmt.Println(service, err)
	_, _, err = api.Endpoints("Brazil")
	fmt.Println(err)
	// Output:
	// https://codearts-check.sa-brazil-1.myhuaweicloud.com <nil>
	// read region: it is none: write it as in cn-north-4, or set the endpoints instead
}
