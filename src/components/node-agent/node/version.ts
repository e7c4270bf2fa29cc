/** What the node agent calls itself: the Kubernetes version it behaves as. */
export const kubeletVersion = 'v1.36.0+wherry';
