/** Roles within kube-system. */
export const systemRoleTable = `
extension-apiserver-authentication-reader
  read core:configmaps=extension-apiserver-authentication
system:controller:bootstrap-signer
  read core:secrets
system:controller:cloud-provider
  create,get,list,watch core:configmaps
system:controller:token-cleaner
  delete,get,list,watch core:secrets
  events
system::leader-locking-kube-controller-manager
  create,get,list,update,watch coordination.k8s.io:leases
  create,get,list,update,watch coordination.k8s.io:leasecandidates
system::leader-locking-kube-scheduler
  create,get,list,update,watch coordination.k8s.io:leases
  create,get,list,update,watch coordination.k8s.io:leasecandidates
`;

/** Roles within kube-public. */
export const publicRoleTable = `
system:controller:bootstrap-signer
  read core:configmaps
  update core:configmaps=cluster-info
  events
kubeadm:bootstrap-signer-clusterinfo
  get core:configmaps=cluster-info
`;

/** Who has which of them: the role, subjects, and with `as:` the binding's name when it is not the role's. */
export const systemRoleBindingTable = `
extension-apiserver-authentication-reader as:system::extension-apiserver-authentication-reader User/system:kube-controller-manager User/system:kube-scheduler
system:controller:bootstrap-signer ServiceAccount/kube-system/bootstrap-signer
system:controller:cloud-provider ServiceAccount/kube-system/cloud-provider
system:controller:token-cleaner ServiceAccount/kube-system/token-cleaner
system::leader-locking-kube-controller-manager User/system:kube-controller-manager ServiceAccount/kube-system/kube-controller-manager ServiceAccount/kube-system/leader-election-controller
system::leader-locking-kube-scheduler User/system:kube-scheduler ServiceAccount/kube-system/kube-scheduler
`;

export const publicRoleBindingTable = `
system:controller:bootstrap-signer ServiceAccount/kube-system/bootstrap-signer
kubeadm:bootstrap-signer-clusterinfo User/system:anonymous
`;
