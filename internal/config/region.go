package config

import (
	"cmp"
	"errors"
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

// regionID is the form of the region IDs that Huawei Cloud lists, such as
// cn-north-4, sa-brazil-1 and my-kualalumpur-1.
var regionID = regexp.MustCompile(`^[a-z]{2,8}(-[a-z0-9]{1,16}){1,3}$`)

// CheckRegion says what is wrong with the ID of a region; nil when it has the right
// form. Such a region need not exist: that shows when its name is resolved. The error
// does not repeat what stands in a region's place: it may be a secret.
func CheckRegion(region string) error {
	if !regionID.MatchString(region) {
		return errors.New("read region: it is none: write it as in cn-north-4, or set the endpoints instead")
	}
	return nil
}

// Endpoints returns the endpoints of CodeArts Check and of IAM: what the region derives
// (API Reference, Endpoints), unless they are set. Sites under other domains have to be
// set. Without a region either may be empty.
func (s Service) Endpoints() (service, iam string, err error) {
	service, iam = s.Endpoint, s.IAMEndpoint
	if s.Region == "" || service != "" && iam != "" {
		return service, iam, nil
	}
	if err := CheckRegion(s.Region); err != nil {
		return "", "", fmt.Errorf("service.region: %w", err)
	}
	const domain = ".myhuaweicloud.com"
	return cmp.Or(service, "https://codearts-check."+s.Region+domain), cmp.Or(iam, "https://iam."+s.Region+domain), nil
}
