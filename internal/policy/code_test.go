package policy

import "testing"

func TestCodeMatches(t *testing.T) {
	tests := []struct {
		pattern, code string
		want          bool
	}{
		{"CC.00070400", "CC.00070400", true},
		{"CC.00070400", "CC.00070400.500", true},
		{"CC.00070400", "CC.000704001", false},
		{"CC.00070400", "CC.0007040", false},
		{"CC.00070400", "CC", false},
		{"CC.00070400", "cc.00070400", false},
		{"CC.00070400", "XCC.00070400", false},
		{"CC.00070400", "", false},
		{"CC", "CC.1", true},
		{"CC", "CC", false},
		{"CC", "CCX.1", false},
		{"APIGW.0101", "APIG.0101", true},
		{"APIG.0101", "APIGW.0101", true},
		{"APIGW.0101", "APIG.0101.404", true},
		{"APIGW.0101", "IAM.0101", false},
		{"APIGW", "APIG.7", true},
		{"*.0308", "APIG.0308", true},
		{"*.0308", "DEV.0308.429", true},
		{"*.0308", "DEV.03081", false},
		{"*.0308", "0308", false},
	}
	for _, tt := range tests {
		if got := codeMatches(tt.pattern, tt.code); got != tt.want {
			t.Errorf("codeMatches(%q, %q) = %v, want %v", tt.pattern, tt.code, got, tt.want)
		}
	}
}

func TestValidPattern(t *testing.T) {
	for pattern, want := range map[string]bool{
		"": true, "CC": true, "CC.1": true, "CC.1.500": true, "*.0308": true,
		"*": false, "*.": false, "CC.": false, ".1": false, "C*.1": false, "CC.*": false, "CC .1": false, "CC.1\n": false,
	} {
		if got := validPattern(pattern); got != want {
			t.Errorf("validPattern(%q) = %v, want %v", pattern, got, want)
		}
	}
}

func TestExampleCodeMatchesItsPattern(t *testing.T) {
	for _, pattern := range []string{"CC", "CC.1", "*.0308", "APIGW.0101"} {
		if code := exampleCode(pattern); !codeMatches(pattern, code) {
			t.Errorf("%s is no example of %s", code, pattern)
		}
	}
}
