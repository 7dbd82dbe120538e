package assemble

import (
	"fmt"

	"cleaner/internal/api"
	"cleaner/internal/config"
	"cleaner/internal/policy"
	"cleaner/internal/protect"
)

// protectList reads the protect list once; nil when none is configured.
func protectList(cfg *config.Config) (*policy.Protect, error) {
	if cfg.Safety.ProtectFile == "" {
		return nil, nil
	}
	return protect.Read(cfg.Safety.ProtectFile)
}

// StrayRules returns a sentence for each rule of the protect list that names an ID
// which no input can bring.
func StrayRules(cfg *config.Config) (warnings []string) {
	pattern, err := policy.ParseIDPattern(cfg.Inputs.IDPattern)
	if err != nil {
		return nil
	}
	list, err := protectList(cfg)
	if err != nil {
		return nil // whoever uses the list says so
	}
	for _, rule := range list.Outside(pattern) {
		warnings = append(warnings, fmt.Sprintf("safety.protect_file: the rule %s protects no ID that matches inputs.id_pattern; a rule stands for whole IDs", rule))
	}
	return warnings
}

// ProtectRules says how many rules of each kind the protect list has; empty when there is
// none.
func ProtectRules(cfg *config.Config) (string, error) {
	list, err := protectList(cfg)
	if err != nil || list == nil {
		return "", err
	}
	k := list.Kinds()
	return fmt.Sprintf("%d IDs, %d globs, %d regular expressions", k.IDs, k.Globs, k.Expressions), nil
}

// TellProtected says whether the protect list holds an ID, and by which rule.
func TellProtected(cfg *config.Config, id string) (said, rule string, protected bool, err error) {
	list, err := protectList(cfg)
	if err != nil {
		return "", "", false, &UsageError{err}
	}
	if err := api.CheckID(id); err != nil {
		return "", "", false, &UsageError{fmt.Errorf("%q is no task ID: %w", id, err)}
	}
	switch rule, protected := list.Match(id); {
	case protected:
		return fmt.Sprintf("%s is protected by the rule %s of %s", id, rule, cfg.Safety.ProtectFile), fmt.Sprint(rule), true, nil
	case list == nil:
		return id + " is not protected: safety.protect_file is not set", "", false, nil
	}
	return fmt.Sprintf("%s is not protected: no rule of %s holds it", id, cfg.Safety.ProtectFile), "", false, nil
}
