// Package v2 has the names of Grafana's second dashboard schema that
// dashboard-linter mentions, so that the linter can be built without Grafana. Our
// dashboard is of the classic schema: none of this is ever filled.
package v2

type (
	// DashboardSpec stands for a dashboard.
	DashboardSpec struct {
		Title       string
		Editable    *bool
		Elements    map[string]DashboardElement
		Variables   []DashboardVariableKind
		Annotations []DashboardAnnotationQueryKind
	}
	// DashboardElement stands for a panel or a library panel.
	DashboardElement struct{ PanelKind *DashboardPanelKind }
	// DashboardPanelKind stands for a panel.
	DashboardPanelKind struct{ Spec DashboardPanelSpec }
	// DashboardPanelSpec stands for a panel's content.
	DashboardPanelSpec struct {
		Id                 float64
		Title, Description string
		VizConfig          struct {
			Group string
			Spec  struct{ FieldConfig, Options any }
		}
		Data struct {
			Spec struct{ Queries []DashboardPanelQueryKind }
		}
	}
	// DashboardPanelQueryKind stands for a query of a panel.
	DashboardPanelQueryKind struct {
		Spec struct {
			RefId  string
			Hidden bool
			Query  DashboardDataQueryKind
		}
	}
	// DashboardDataQueryKind stands for a query.
	DashboardDataQueryKind struct {
		Group      string
		Datasource *struct{ Name *string }
		Spec       map[string]any
	}
	// DashboardAnnotationQueryKind stands for an annotation.
	DashboardAnnotationQueryKind struct {
		Spec struct {
			Name  string
			Query DashboardDataQueryKind
		}
	}
	// DashboardVariableRefresh stands for when a variable is asked anew.
	DashboardVariableRefresh string
	// DashboardVariableKind stands for a variable of any kind.
	DashboardVariableKind struct {
		QueryVariableKind *queryVariable
		DatasourceVariableKind, CustomVariableKind, IntervalVariableKind, ConstantVariableKind,
		TextVariableKind, AdhocVariableKind, GroupByVariableKind, SwitchVariableKind *variable
	}
	queryVariable struct {
		Spec struct {
			shared
			Query DashboardDataQueryKind
		}
	}
	variable struct {
		Spec struct {
			shared
			PluginId, Query string
		}
	}
	shared struct {
		Name            string
		Label, AllValue *string
		Multi           bool
		Refresh         DashboardVariableRefresh
	}
)

// The moments at which a variable is asked anew.
const (
	DashboardVariableRefreshOnTimeRangeChanged DashboardVariableRefresh = "onTimeRangeChanged"
	DashboardVariableRefreshOnDashboardLoad    DashboardVariableRefresh = "onDashboardLoad"
)
