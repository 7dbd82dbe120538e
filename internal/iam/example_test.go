package iam_test

import (
	"fmt"

	"cleaner/internal/iam"
	"cleaner/internal/secret"
)

// Credentials are made from where the secret is kept; the secret itself prints
// as stars.
func ExampleNewPassword() {
	password := secret.Value("correct horse")
	_, err := iam.NewPassword(iam.PasswordOptions{
		Server: iam.Server{Endpoint: "https://iam.cn-north-4.myhuaweicloud.com"},
		Domain: "account", User: "cleaner", Project: "cn-north-4", Password: password,
	})
	shown, _ := password()
	fmt.Println(shown, err)
	// Output: *** <nil>
}
