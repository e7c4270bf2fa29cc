package main

import (
	"context"
	"fmt"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	authenticationv1 "k8s.io/api/authentication/v1"
	authorizationv1 "k8s.io/api/authorization/v1"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/metadata"
	"k8s.io/client-go/metadata/metadatainformer"
	"k8s.io/client-go/rest"
)

// use takes kinds and sub-resources whose wire forms differ through a write and a read.
func use(ctx context.Context, clientset *kubernetes.Clientset) {
	pod := corev1.PodSpec{
		AutomountServiceAccountToken: new(bool),
		Containers: []corev1.Container{{
			Name: "main", Image: "busybox",
			Resources:      corev1.ResourceRequirements{Requests: corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("1500m")}},
			LivenessProbe:  &corev1.Probe{ProbeHandler: corev1.ProbeHandler{TCPSocket: &corev1.TCPSocketAction{Port: intstr.FromString("web")}}},
			ReadinessProbe: &corev1.Probe{ProbeHandler: corev1.ProbeHandler{TCPSocket: &corev1.TCPSocketAction{Port: intstr.FromInt32(80)}}},
		}},
	}
	labels := map[string]string{"app": "wire"}
	replicas := int32(0)
	deployments := clientset.AppsV1().Deployments(namespace)
	_, err := deployments.Create(ctx, &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Name: "wire"},
		Spec: appsv1.DeploymentSpec{
			Replicas: &replicas, Selector: &metav1.LabelSelector{MatchLabels: labels},
			Template: corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: labels}, Spec: pod},
		},
	}, metav1.CreateOptions{})
	must(err)
	deployment, err := deployments.Get(ctx, "wire", metav1.GetOptions{})
	must(err)
	container := deployment.Spec.Template.Spec.Containers[0]
	fmt.Println("deployment", *deployment.Spec.Replicas, container.Resources.Requests.Cpu(), container.LivenessProbe.TCPSocket.Port.String(),
		container.ReadinessProbe.TCPSocket.Port.IntValue(), *deployment.Spec.Template.Spec.AutomountServiceAccountToken,
		time.Since(deployment.CreationTimestamp.Time) < time.Minute)
	scale, err := deployments.GetScale(ctx, "wire", metav1.GetOptions{})
	must(err)
	scale.Spec.Replicas, scale.ResourceVersion = 0, "" // the controller writes the status meanwhile
	scale, err = deployments.UpdateScale(ctx, "wire", scale, metav1.UpdateOptions{})
	must(err)
	fmt.Println("scale", scale.Spec.Replicas, scale.Status.Selector)
	_, err = clientset.CoreV1().Secrets(namespace).Create(ctx, &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Name: "wire"}, Data: map[string][]byte{"bytes": {0, 255, 10}},
	}, metav1.CreateOptions{})
	must(err)
	secret, err := clientset.CoreV1().Secrets(namespace).Get(ctx, "wire", metav1.GetOptions{})
	must(err)
	fmt.Println("secret", secret.Data["bytes"])
	_, err = deployments.Get(ctx, "none", metav1.GetOptions{})
	fmt.Println("not found", errors.IsNotFound(err))
	err = clientset.CoreV1().Pods(namespace).EvictV1(ctx, &policyv1.Eviction{ObjectMeta: metav1.ObjectMeta{Name: "none"}})
	fmt.Println("eviction", errors.IsNotFound(err))
	review, err := clientset.AuthorizationV1().SelfSubjectAccessReviews().Create(ctx, &authorizationv1.SelfSubjectAccessReview{
		Spec: authorizationv1.SelfSubjectAccessReviewSpec{ResourceAttributes: &authorizationv1.ResourceAttributes{Verb: "get", Resource: "pods"}},
	}, metav1.CreateOptions{})
	must(err)
	fmt.Println("allowed", review.Status.Allowed)
	must(clientset.CoreV1().ServiceAccounts(namespace).Delete(ctx, "nobody", metav1.DeleteOptions{}), errors.IsNotFound)
	_, err = clientset.CoreV1().ServiceAccounts(namespace).Create(ctx, &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: "wire"}}, metav1.CreateOptions{})
	must(err)
	token, err := clientset.CoreV1().ServiceAccounts(namespace).CreateToken(ctx, "wire", &authenticationv1.TokenRequest{}, metav1.CreateOptions{})
	must(err)
	fmt.Println("token", len(token.Status.Token) > 0, token.Status.ExpirationTimestamp.After(time.Now()))
}

// describe follows metadata alone, as garbage collectors do.
func describe(ctx context.Context, config *rest.Config) {
	client, err := metadata.NewForConfig(config)
	must(err)
	factory := metadatainformer.NewSharedInformerFactory(client, 0)
	informer := factory.ForResource(appsv1.SchemeGroupVersion.WithResource("deployments"))
	stop := make(chan struct{})
	defer close(stop)
	go informer.Informer().Run(stop)
	for !informer.Informer().HasSynced() {
		time.Sleep(10 * time.Millisecond)
	}
	object, err := informer.Lister().ByNamespace(namespace).Get("wire")
	must(err)
	fmt.Println("metadata of", object.(*metav1.PartialObjectMetadata).Name)
}
