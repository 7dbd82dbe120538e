package iam

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"cleaner/internal/answer"
	"cleaner/internal/secret"
)

// AccessKeyOptions say which access key signs the requests: File must be set, or ID
// and Secret.
type AccessKeyOptions struct {
	// ID is the access key (AK).
	ID string
	// Secret is where the secret key (SK) is kept.
	Secret secret.Source
	// SecurityToken is where the token is kept that goes with temporary keys; nil
	// for permanent ones.
	SecurityToken secret.Source
	// File is where all three are kept together, as JSON or as lines of KEY=VALUE, so
	// that they are replaced together. It takes the place of ID, Secret and
	// SecurityToken.
	File secret.Source
	// ProjectID is the IAM project's ID in the region, which is not the ID of a
	// CodeArts project. Empty asks IAM for the ID of Project; when that is empty too,
	// it is left to the service.
	ProjectID string
	// Project is the project's name: a region's ID, such as cn-north-4, names its
	// default project. It is looked at without a ProjectID alone, as is Server.
	Project string
	// Server is the IAM that is asked for the ID.
	Server Server
	// Patience is how long a key is waited for that has worked and is refused; 0 is
	// the default, see Patience, and a negative one none.
	Patience time.Duration
}

// AccessKey signs each request instead of carrying a token (SDK-HMAC-SHA256, API
// Request Signing Guide). Make one with NewAccessKey; it is made to live as long as
// the process.
type AccessKey struct {
	rotation
	project project
}

// NewAccessKey returns credentials by access key. The secrets are read at once,
// and then again whenever they may have changed, at most once a second. It contacts
// nobody.
func NewAccessKey(o AccessKeyOptions) (*AccessKey, error) {
	if o.File == nil && (o.ID == "" || !secret.FitsHeader(o.ID) || o.Secret == nil) {
		return nil, errors.New("make access key: its ID or its secret key is missing or not one word")
	}
	if !secret.FitsHeader(o.ProjectID) {
		return nil, errors.New("make access key: the project ID holds white space")
	}
	a := &AccessKey{project: project{setting: "auth.access_key.project_id"}, rotation: rotation{
		op:   "use access key",
		hint: "check the access key, its secret key, the project ID and this machine's clock, and put a new key in place",
		read: partsSource(o.ID, o.Secret, o.SecurityToken), patience: o.Patience,
	}}
	if o.File != nil {
		a.read = fileSource(o.File)
	}
	if err := a.open(); err != nil {
		return nil, err
	}
	if err := a.project.open(o.Server, o.ProjectID, o.Project); err != nil {
		return nil, err
	}
	return a, nil
}

// Authorize signs req as it is; nothing that is signed may change afterwards,
// and a request that is sent later is signed anew, for the signature holds for
// 15 minutes. The generation counts the contents that the files have had. Only what
// reads waits for IAM to name the project.
func (a *AccessKey) Authorize(ctx context.Context, req *http.Request) (uint64, error) {
	now := time.Now()
	e, err := a.use(now)
	if err != nil {
		return 0, err
	}
	projectID, known := a.project.known()
	if !known {
		if req.Method != http.MethodGet {
			return 0, &answer.Error{Op: "sign request", Fault: answer.FaultLogin, Err: errNotReady}
		}
		if projectID, err = a.project.ask(ctx, e.bundle); err != nil {
			return 0, err
		}
	}
	hash, err := bodyHash(req)
	if err != nil {
		return 0, &answer.Error{Op: "sign request", Fault: answer.FaultLogin, Err: err}
	}
	e.sign(req, projectID, hash, now)
	return e.generation, nil
}

// sign signs req, for a project unless that is empty.
func (b bundle) sign(req *http.Request, projectID, hash string, now time.Time) {
	signed := make([]string, 0, 4)
	signed = append(signed, "host")
	if projectID != "" {
		req.Header.Set(headerProjectID, projectID)
		signed = append(signed, "x-project-id")
	}
	signed = append(signed, "x-sdk-date")
	if token := b.token.Reveal(); token != "" {
		req.Header.Set(headerSecurityToken, token)
		signed = append(signed, "x-security-token")
	}
	signer{b.id.Reveal(), b.key}.sign(req, signed, hash, now)
}

// Ready returns when requests can be signed. It asks IAM for the project's ID if need
// be.
func (a *AccessKey) Ready(ctx context.Context) error {
	e, err := a.use(time.Now())
	if err != nil {
		return err
	}
	if _, known := a.project.known(); known {
		return nil
	}
	_, err = a.project.ask(ctx, e.bundle)
	return err
}

// Renew reads the files again. While a key that has worked is waited for the error is
// FaultLogin, and requests are refused with it too.
func (a *AccessKey) Renew(_ context.Context, rejected answer.Answer) error {
	return a.renew(rejected, time.Now())
}

// CloseIdleConnections closes the connection to IAM, if nothing is using it.
func (a *AccessKey) CloseIdleConnections() { a.project.close() }

// bodyHash returns the hash of what req will send. It needs GetBody for that,
// which http.NewRequest sets.
func bodyHash(req *http.Request) (string, error) {
	if req.Body == nil || req.Body == http.NoBody {
		return emptyHash, nil
	}
	if req.GetBody == nil {
		return "", errors.New("the body can be read only once: make the request with a buffer")
	}
	body, err := req.GetBody()
	if err != nil {
		return "", err
	}
	defer func() { _ = body.Close() }() // it is a buffer
	content, err := io.ReadAll(body)
	return hexHash(content), err
}

// The parts of an access key.
const (
	partID    part = "access key"
	partKey   part = "secret key"
	partToken part = "security token"
)

// partNames are the names by which the parts are known, in lower case and without
// marks between the words: to the cloud's metadata (access, secret, securitytoken),
// its STS, its SDK, and other tools.
var partNames = map[string]part{
	"access": partID, "accesskey": partID, "accesskeyid": partID, "ak": partID,
	"secret": partKey, "secretkey": partKey, "secretaccesskey": partKey, "sk": partKey,
	"securitytoken": partToken, "sessiontoken": partToken,
}

// parseKey reads an access key out of one text, see readParts.
func parseKey(text string) (bundle, error) {
	found, err := readParts(text, partNames)
	if err != nil {
		return bundle{}, err
	}
	for _, p := range []part{partID, partKey} {
		if found[p] == "" {
			return bundle{}, fmt.Errorf("it names no %s: write it as JSON (access, secret, securitytoken) or as lines (CLOUD_SDK_AK=, CLOUD_SDK_SK=)", p)
		}
	}
	for p, value := range found {
		if !secret.FitsHeader(value) {
			return bundle{}, fmt.Errorf("the %s in it holds white space or bytes that no header may carry", p)
		}
	}
	b := bundle{id: secret.New(found[partID]), key: secret.New(found[partKey])}
	if found[partToken] != "" {
		b.token = secret.New(found[partToken])
	}
	return b, nil
}
