// An operator as Go authors write them today: a controller-runtime manager with a cache, leader election and one controller for a custom kind that owns a
// ConfigMap. It plays its own user, and prints one line per step so that the test that runs it can follow.
package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/go-logr/logr"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/wait"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"
)

const namespace = "default"

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	defer cancel()
	ctrl.SetLogger(logr.Discard())
	scheme := runtime.NewScheme()
	must(clientgoscheme.AddToScheme(scheme))
	must(addToScheme(scheme))
	manager, err := ctrl.NewManager(ctrl.GetConfigOrDie(), ctrl.Options{
		Scheme:           scheme,
		Metrics:          metricsserver.Options{BindAddress: "0"},
		LeaderElection:   true,
		LeaderElectionID: "greeter", LeaderElectionNamespace: namespace, LeaderElectionReleaseOnCancel: true,
	})
	must(err)
	must(ctrl.NewControllerManagedBy(manager).For(&Greeting{}).Owns(&corev1.ConfigMap{}).Complete(&reconciler{manager.GetClient()}))
	stopped := make(chan error)
	go func() { stopped <- manager.Start(ctx) }()
	<-manager.Elected()
	fmt.Println("elected")
	use(ctx, manager.GetClient())
	cancel()
	must(<-stopped)
	fmt.Println("stopped")
}

// use does what users of the operator do. Reads come from the manager's cache.
func use(ctx context.Context, kube client.Client) {
	greeting := &Greeting{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "first"}, Spec: GreetingSpec{Whom: "world"}}
	must(kube.Create(ctx, greeting))
	fmt.Println("created with", greeting.Spec.Words)
	configMap := &corev1.ConfigMap{}
	until(ctx, "said", func() bool {
		return found(kube.Get(ctx, client.ObjectKeyFromObject(greeting), configMap)) && configMap.Data["said"] == "hello, world"
	})
	until(ctx, "ready", func() bool {
		return found(kube.Get(ctx, client.ObjectKeyFromObject(greeting), greeting)) && meta.IsStatusConditionTrue(greeting.Status.Conditions, "Ready")
	})
	fmt.Println("owner", configMap.OwnerReferences[0].Kind, "generation", greeting.Generation, "observed", greeting.Status.ObservedGeneration)
	patch := client.MergeFrom(greeting.DeepCopyObject().(*Greeting))
	greeting.Spec.Words = "welcome"
	must(kube.Patch(ctx, greeting, patch))
	until(ctx, "said anew", func() bool {
		return found(kube.Get(ctx, client.ObjectKeyFromObject(greeting), greeting)) && greeting.Status.Said == "welcome, world" && greeting.Status.ObservedGeneration == 2
	})
	must(kube.Delete(ctx, configMap))
	until(ctx, "made again", func() bool {
		again := &corev1.ConfigMap{}
		return found(kube.Get(ctx, client.ObjectKeyFromObject(greeting), again)) && again.UID != configMap.UID
	})
	invalid := &Greeting{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "invalid"}}
	fmt.Println("invalid", errors.IsInvalid(kube.Create(ctx, invalid)))
	greetings := &GreetingList{}
	must(kube.List(ctx, greetings, client.InNamespace(namespace)))
	fmt.Println("listed", len(greetings.Items))
	must(kube.Delete(ctx, greeting))
	until(ctx, "gone", func() bool {
		return errors.IsNotFound(kube.Get(ctx, client.ObjectKeyFromObject(greeting), greeting))
	})
	until(ctx, "collected", func() bool {
		return errors.IsNotFound(kube.Get(ctx, client.ObjectKeyFromObject(greeting), configMap))
	})
	farewell := &corev1.ConfigMap{}
	must(kube.Get(ctx, client.ObjectKey{Namespace: namespace, Name: "farewell"}, farewell))
	fmt.Println("farewell", farewell.Data["to"])
}

func until(ctx context.Context, what string, isTrue func() bool) {
	err := wait.PollUntilContextTimeout(ctx, 20*time.Millisecond, 20*time.Second, true, func(context.Context) (bool, error) { return isTrue(), nil })
	if err != nil {
		err = fmt.Errorf("not %s: %w", what, err)
	}
	must(err)
	fmt.Println(what)
}

func found(err error) bool {
	must(client.IgnoreNotFound(err))
	return err == nil
}

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}
