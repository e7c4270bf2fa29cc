// Defaults and validates the pods on standard input, a JSON object each, with upstream's own functions; answers one line of JSON for each.
package main

import (
	"bufio"
	"encoding/json"
	"os"

	v1 "k8s.io/api/core/v1"
	"k8s.io/kubernetes/pkg/api/legacyscheme"
	"k8s.io/kubernetes/pkg/api/pod"
	"k8s.io/kubernetes/pkg/apis/core"
	_ "k8s.io/kubernetes/pkg/apis/core/install"
	"k8s.io/kubernetes/pkg/apis/core/validation"
)

type answer struct {
	Errors    []string                 `json:"errors"`
	Resources *v1.ResourceRequirements `json:"resources,omitempty"`
}

func main() {
	answers := json.NewEncoder(os.Stdout)
	answers.SetEscapeHTML(false)
	decoder := json.NewDecoder(bufio.NewReader(os.Stdin))
	for decoder.More() {
		var given v1.Pod
		if err := decoder.Decode(&given); err != nil {
			panic(err)
		}
		if err := answers.Encode(judge(&given)); err != nil {
			panic(err)
		}
	}
}

func judge(given *v1.Pod) answer {
	legacyscheme.Scheme.Default(given)
	var internal core.Pod
	if err := legacyscheme.Scheme.Convert(given, &internal, nil); err != nil {
		panic(err)
	}
	options := pod.GetValidationOptionsFromPodSpecAndMeta(&internal.Spec, nil, &internal.ObjectMeta, nil)
	found := answer{Errors: []string{}, Resources: given.Spec.Resources}
	for _, err := range validation.ValidatePodCreate(&internal, options) {
		found.Errors = append(found.Errors, err.Error())
	}
	return found
}
