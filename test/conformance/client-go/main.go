// A controller as Go authors write them: typed client that speaks protobuf both ways, shared informers, a work queue, leader election.
// It labels every ConfigMap that asks for it, and prints one line per step so that the test that runs it can follow.
package main

import (
	"context"
	"fmt"
	"os"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/leaderelection"
	"k8s.io/client-go/tools/leaderelection/resourcelock"
	"k8s.io/client-go/util/workqueue"
)

const namespace = "default"

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	defer cancel()
	config, err := clientcmd.BuildConfigFromFlags("", os.Getenv("KUBECONFIG"))
	must(err)
	config.ContentType = "application/vnd.kubernetes.protobuf"
	config.AcceptContentTypes = "application/vnd.kubernetes.protobuf,application/json"
	seen := &answers{}
	config.Wrap(seen.record)
	clientset, err := kubernetes.NewForConfig(config)
	must(err)
	version, err := clientset.Discovery().ServerVersion()
	must(err)
	fmt.Println("version", version.Major, version.Minor)
	use(ctx, clientset)
	describe(ctx, config)
	lead(ctx, cancel, clientset)
	seen.report()
}

func lead(ctx context.Context, cancel context.CancelFunc, clientset *kubernetes.Clientset) {
	lock := &resourcelock.LeaseLock{
		LeaseMeta:  metav1.ObjectMeta{Name: "labeller", Namespace: namespace},
		Client:     clientset.CoordinationV1(),
		LockConfig: resourcelock.ResourceLockConfig{Identity: "conformance"},
	}
	leaderelection.RunOrDie(ctx, leaderelection.LeaderElectionConfig{
		Lock: lock, ReleaseOnCancel: true,
		LeaseDuration: 15 * time.Second, RenewDeadline: 10 * time.Second, RetryPeriod: 2 * time.Second,
		Callbacks: leaderelection.LeaderCallbacks{
			OnStartedLeading: func(ctx context.Context) {
				fmt.Println("leading")
				control(ctx, clientset)
				cancel()
			},
			OnStoppedLeading: func() { fmt.Println("stopped leading") },
		},
	})
}

func control(ctx context.Context, clientset *kubernetes.Clientset) {
	factory := informers.NewSharedInformerFactory(clientset, 0)
	informer := factory.Core().V1().ConfigMaps().Informer()
	queue := workqueue.NewTypedRateLimitingQueue(workqueue.DefaultTypedControllerRateLimiter[string]())
	enqueue := func(object any) {
		if key, err := cache.MetaNamespaceKeyFunc(object); err == nil {
			queue.Add(key)
		}
	}
	_, err := informer.AddEventHandler(cache.ResourceEventHandlerFuncs{AddFunc: enqueue, UpdateFunc: func(_, object any) { enqueue(object) }})
	must(err)
	factory.Start(ctx.Done())
	factory.WaitForCacheSync(ctx.Done())
	fmt.Println("synced")
	for index := range 20 {
		_, err := clientset.CoreV1().ConfigMaps(namespace).Create(ctx, &corev1.ConfigMap{
			ObjectMeta: metav1.ObjectMeta{GenerateName: "wants-label-", Annotations: map[string]string{"label-me": "yes"}},
			Data:       map[string]string{"index": fmt.Sprint(index)},
		}, metav1.CreateOptions{})
		must(err)
	}
	for labelled := 0; labelled < 20; {
		key, _ := queue.Get()
		labelled += reconcile(ctx, clientset, informer.GetStore(), key)
		queue.Done(key)
	}
	fmt.Println("labelled 20")
	list, err := clientset.CoreV1().ConfigMaps(namespace).List(ctx, metav1.ListOptions{LabelSelector: "labelled=yes", Limit: 7})
	must(err)
	fmt.Println("first page", len(list.Items), "more", list.Continue != "")
	must(clientset.CoreV1().ConfigMaps(namespace).DeleteCollection(ctx, metav1.DeleteOptions{}, metav1.ListOptions{LabelSelector: "labelled=yes"}))
	fmt.Println("done")
}

func reconcile(ctx context.Context, clientset *kubernetes.Clientset, store cache.Store, key string) int {
	object, exists, err := store.GetByKey(key)
	must(err)
	if !exists {
		return 0
	}
	configMap := object.(*corev1.ConfigMap)
	if configMap.Annotations["label-me"] != "yes" || configMap.Labels["labelled"] == "yes" {
		return 0
	}
	patch := []byte(`{"metadata":{"labels":{"labelled":"yes"}}}`)
	_, err = clientset.CoreV1().ConfigMaps(namespace).Patch(ctx, configMap.Name, types.StrategicMergePatchType, patch, metav1.PatchOptions{})
	must(err)
	return 1
}

func must(err error, unless ...func(error) bool) {
	for _, isExpected := range unless {
		if isExpected(err) {
			return
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}
