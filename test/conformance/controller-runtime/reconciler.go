package main

import (
	"context"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"
)

const finalizer = "conformance.wherry.dev/farewell"

// reconciler keeps one ConfigMap per Greeting, and says farewell before a Greeting goes.
type reconciler struct {
	client client.Client
}

func (r *reconciler) Reconcile(ctx context.Context, request ctrl.Request) (ctrl.Result, error) {
	greeting := &Greeting{}
	if err := r.client.Get(ctx, request.NamespacedName, greeting); err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	if !greeting.DeletionTimestamp.IsZero() {
		return ctrl.Result{}, r.finish(ctx, greeting)
	}
	if controllerutil.AddFinalizer(greeting, finalizer) {
		if err := r.client.Update(ctx, greeting); err != nil {
			return ctrl.Result{}, err
		}
	}
	said := greeting.Spec.Words + ", " + greeting.Spec.Whom
	configMap := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: greeting.Namespace, Name: greeting.Name}}
	if _, err := controllerutil.CreateOrUpdate(ctx, r.client, configMap, func() error {
		configMap.Data = map[string]string{"said": said}
		return controllerutil.SetControllerReference(greeting, configMap, r.client.Scheme())
	}); err != nil {
		return ctrl.Result{}, err
	}
	before := client.MergeFrom(greeting.DeepCopyObject().(*Greeting))
	greeting.Status.Said = said
	greeting.Status.ObservedGeneration = greeting.Generation
	meta.SetStatusCondition(&greeting.Status.Conditions, metav1.Condition{Type: "Ready", Status: metav1.ConditionTrue, Reason: "Said", ObservedGeneration: greeting.Generation})
	return ctrl.Result{}, r.client.Status().Patch(ctx, greeting, before)
}

func (r *reconciler) finish(ctx context.Context, greeting *Greeting) error {
	farewell := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: greeting.Namespace, Name: "farewell"}, Data: map[string]string{"to": greeting.Spec.Whom}}
	if err := r.client.Create(ctx, farewell); client.IgnoreAlreadyExists(err) != nil {
		return err
	}
	if controllerutil.RemoveFinalizer(greeting, finalizer) {
		return r.client.Update(ctx, greeting)
	}
	return nil
}
