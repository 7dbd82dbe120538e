// Package k8s_test holds the chart's schema against cleaner's configuration, and its
// page against its values. What is rendered is tested in .ci/tools/k8s.
package k8s_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"cleaner/internal/config"
)

var update = flag.Bool("update", false, "write what is generated")

const (
	schemaPath = "chart/values.schema.json"
	// marker begins the last definition of the schema, which is generated.
	marker = "    \"configuration\": {"
)

// ownKeys are the keys of the configuration that the chart sets itself; values cannot.
var ownKeys = map[string]bool{
	"queue.url": true, "limits.grace": true, "output.results": true, "inputs.files": true,
	"listen.address": true, "listen.socket": true, "listen.web_config_file": true,
}

// TestSchemaHasTheConfiguration: the schema knows every key of the configuration by its
// type, and no other.
func TestSchemaHasTheConfiguration(t *testing.T) {
	text, err := os.ReadFile(schemaPath)
	if err != nil {
		t.Fatal(err)
	}
	hand, was, found := strings.Cut(string(text), marker)
	if !found {
		t.Fatalf("%s has lost the line %q", schemaPath, marker)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "\n      \"$comment\": \"Made by make docs from internal/config. Do not edit.\",\n      ")
	writeKeys(t, &b, reflect.TypeFor[config.Config](), "", "      ")
	b.WriteString("\n    }\n  }\n}\n")
	want := b.String()
	if !json.Valid([]byte(hand + marker + want)) {
		t.Fatalf("the schema is no JSON: %s", want)
	}
	if *update {
		if err := os.WriteFile(schemaPath, []byte(hand+marker+want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(want, was); diff != "" {
		t.Errorf("%s is stale, run make docs (-want +got):\n%s", schemaPath, diff)
	}
}

// writeKeys writes the schema of a section, without its braces.
func writeKeys(t *testing.T, b *strings.Builder, section reflect.Type, path, indent string) {
	t.Helper()
	b.WriteString("\"type\": \"object\",\n" + indent + "\"additionalProperties\": false,\n" + indent + "\"properties\": {")
	comma := ""
	for field := range section.Fields() {
		if !field.IsExported() {
			continue
		}
		key := field.Tag.Get("yaml")
		fmt.Fprintf(b, "%s\n%s  %q: ", comma, indent, key)
		writeType(t, b, field.Type, strings.TrimPrefix(path+"."+key, "."), indent+"  ")
		comma = ","
	}
	b.WriteString("\n" + indent + "}")
}

// writeType writes the schema of one key.
func writeType(t *testing.T, b *strings.Builder, of reflect.Type, path, indent string) {
	t.Helper()
	kinds := map[reflect.Kind]string{
		reflect.String: "string", reflect.Bool: "boolean", reflect.Int: "integer", reflect.Int64: "integer", reflect.Float64: "number",
	}
	switch {
	case ownKeys[path]:
		b.WriteString("false")
	case of == reflect.TypeFor[time.Duration]():
		b.WriteString(`{"type": "string", "pattern": "^(0|([0-9.]+(ns|us|µs|ms|s|m|h))+)$"}`)
	case of.Kind() == reflect.Pointer:
		writeType(t, b, of.Elem(), path, indent)
	case of.Kind() == reflect.Slice:
		b.WriteString(`{"type": "array", "items": `)
		writeType(t, b, of.Elem(), path, indent)
		b.WriteString("}")
	case of.Kind() == reflect.Struct:
		b.WriteString("{\n" + indent + "  ")
		writeKeys(t, b, of, path, indent+"  ")
		b.WriteString("\n" + indent + "}")
	case kinds[of.Kind()] != "":
		fmt.Fprintf(b, `{"type": %q}`, kinds[of.Kind()])
	default:
		t.Errorf("%s: the schema has no word for the type %v", path, of)
	}
}
