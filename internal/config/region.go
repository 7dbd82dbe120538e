package config

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
)

// cloudHost matches the hosts of the public cloud that carry a region, as in
// codearts-check.cn-north-4.myhuaweicloud.com. That of the global IAM carries none.
var cloudHost = regexp.MustCompile(`^.+\.([a-z]{2,8}(?:-[a-z0-9]{1,16}){1,3})\.myhuaweicloud\.(?:com|cn|eu)$`)

// regionRule refuses an endpoint of the public cloud that is of another region
// than the one that is named: one of the two is a mistake, and what is deleted
// in the wrong region is deleted all the same.
//
// There is no list of allowed hosts beside it: a host of any other name is one
// that the operator has written down, as those of private clouds must be, and it
// has to prove itself by its certificate. What derives from the region alone is
// always a host of the public cloud.
func regionRule(report func(string, error), path, endpoint, region string) {
	u, err := url.Parse(endpoint)
	if err != nil || region == "" {
		return // another rule's matter
	}
	host := strings.ToLower(strings.TrimSuffix(u.Hostname(), "."))
	if m := cloudHost.FindStringSubmatch(host); m != nil && m[1] != region {
		report(path, fmt.Errorf("is of the region %s, and service.region is %s: correct one of them, or leave one out", m[1], region))
	}
}
