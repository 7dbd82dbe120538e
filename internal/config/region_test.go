package config

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestEndpointsAreOfTheRegion(t *testing.T) {
	const want = "is of the region cn-east-3, and service.region is cn-north-4"
	for _, row := range []struct {
		name, region, endpoint, want string
	}{
		{"the same", "cn-north-4", "https://codearts-check.cn-north-4.myhuaweicloud.com", ""},
		{"another", "cn-north-4", "https://codearts-check.cn-east-3.myhuaweicloud.com", want},
		{"another, with a port", "cn-north-4", "https://codearts-check.cn-east-3.myhuaweicloud.com:443", want},
		{"another, in another case", "cn-north-4", "https://CodeArts-Check.CN-East-3.MyHuaweiCloud.com.", want},
		{"another, old name", "cn-north-4", "https://codecheck-ext.cn-east-3.myhuaweicloud.com", want},
		{"another, fallback domain", "cn-north-4", "https://codearts-check.cn-east-3.myhuaweicloud.cn", want},
		{"another, European site", "eu-west-101", "https://iam.eu-west-0.myhuaweicloud.eu", "is of the region eu-west-0, and service.region is eu-west-101"},
		{"global IAM", "cn-north-4", "https://iam.myhuaweicloud.com", ""},
		{"a service without a region", "cn-north-4", "https://codearts-check.myhuaweicloud.com", ""},
		{"no region named", "", "https://codearts-check.cn-east-3.myhuaweicloud.com", ""},
		{"a private cloud", "cn-north-4", "https://check.cn-east-3.cloud.example", ""},
		{"a name that only ends alike", "cn-north-4", "https://a.cn-east-3.notmyhuaweicloud.com", ""},
		{"a name that only begins alike", "cn-north-4", "https://a.cn-east-3.myhuaweicloud.com.example", ""},
		{"this machine", "cn-north-4", "http://127.0.0.1:8080", ""},
		{"no URL", "cn-north-4", "https://a b.cn-east-3.myhuaweicloud.com", ""},
	} {
		for _, key := range []string{"endpoint", "iam_endpoint"} {
			t.Run(row.name+", "+key, func(t *testing.T) {
				service := fmt.Sprintf("service: {region: %q, endpoint: %q, iam_endpoint: %q}\n", row.region,
					"https://127.0.0.1", "https://127.0.0.1")
				service = strings.Replace(service, ", "+key+`: "https://127.0.0.1"`, fmt.Sprintf(", %s: %q", key, row.endpoint), 1)
				_, err := Parse("c.yaml", []byte(service+"auth: {token_file: /t}\n"))
				if row.want == "" {
					if err != nil {
						t.Error(err)
					}
					return
				}
				e, ok := errors.AsType[*Error](err)
				if !ok || len(e.Faults) != 1 || e.Faults[0].Path != "service."+key || !strings.Contains(e.Faults[0].Problem, row.want) {
					t.Errorf("error %v, want one of service.%s with %q", err, key, row.want)
				}
			})
		}
	}
}

// No key turns the verification of certificates off.
func TestNoInsecureKey(t *testing.T) {
	paths := Paths()
	for _, path := range paths {
		for _, word := range []string{"insecure", "verify", "skip", "unsafe"} {
			if strings.Contains(path, word) {
				t.Errorf("there is a key %s", path)
			}
		}
	}
	if !slices.Contains(paths, "service.ca_file") {
		t.Errorf("no key trusts a further authority: %v", paths)
	}
}
