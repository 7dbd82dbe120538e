package api

import (
	"errors"
	"regexp"
)

// regionID is the form of the region IDs that Huawei Cloud lists, such as
// cn-north-4, sa-brazil-1 and my-kualalumpur-1.
var regionID = regexp.MustCompile(`^[a-z]{2,8}(-[a-z0-9]{1,16}){1,3}$`)

// Endpoints returns the endpoints of CodeArts Check and of IAM in a region (API
// Reference, Endpoints). A region of the right form need not exist: that shows
// when its name is resolved. Sites under other domains have to be configured by
// endpoint. The error does not repeat what stands in a region's place: it may be
// a secret.
func Endpoints(region string) (service, iam string, err error) {
	if !regionID.MatchString(region) {
		return "", "", errors.New("read region: it is none: write it as in cn-north-4, or set the endpoints instead")
	}
	const domain = ".myhuaweicloud.com"
	return "https://codearts-check." + region + domain, "https://iam." + region + domain, nil
}
