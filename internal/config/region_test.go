package config

import (
	"testing"
)

// What a region does not derive is what is set.
func TestEndpoints(t *testing.T) {
	for _, region := range []string{"cn-north-4", "ap-southeast-3", "my-kualalumpur-1", "eu-west-101"} {
		derivedService, derivedIAM := "https://codearts-check."+region+".myhuaweicloud.com", "https://iam."+region+".myhuaweicloud.com"
		for _, row := range []struct{ set, want Service }{
			{Service{}, Service{Endpoint: derivedService, IAMEndpoint: derivedIAM}},
			{Service{Endpoint: "https://a"}, Service{Endpoint: "https://a", IAMEndpoint: derivedIAM}},
			{Service{IAMEndpoint: "https://b"}, Service{Endpoint: derivedService, IAMEndpoint: "https://b"}},
		} {
			row.set.Region = region
			service, iam, err := row.set.Endpoints()
			if err != nil || service != row.want.Endpoint || iam != row.want.IAMEndpoint {
				t.Errorf("%+v: %s and %s, %v, want %+v", row.set, service, iam, err, row.want)
			}
		}
	}
	for _, region := range []string{"cn", "CN-north-4", "cn-north-4.evil.example/", "cn--4", "-cn", "cn-", "cn-north 4", "cn-north-4\n"} {
		if _, _, err := (Service{Region: region}).Endpoints(); err == nil {
			t.Errorf("the region %q derives endpoints", region)
		}
		if CheckRegion(region) == nil {
			t.Errorf("the region %q is accepted", region)
		}
	}
	if service, iam, err := (Service{Endpoint: "https://a"}).Endpoints(); service != "https://a" || iam != "" || err != nil {
		t.Errorf("without a region: %s and %s, %v", service, iam, err)
	}
	if CheckRegion("") == nil {
		t.Error("no region is accepted")
	}
}
