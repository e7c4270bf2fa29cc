/**
 * What finds out something about a node that pods may ask for in `nodeSelector` and node affinity: a kind of processor, a kind of GPU, the rack it stands in. The
 * node agent is the only caller: once for each node, at its start. The same for a source in this process and for a program that writes feature files.
 */
export interface NodeLabelSource {
  /**
   * The labels of a node, now and whenever something of them changes. Each set replaces the one before: a label that is not in it any more is taken off the node.
   * When it ends, what it said last stays. When it throws, that stays too (each label until it expires), and the source is asked anew, after a second and then less
   * and less often. Must end when `signal` aborts.
   */
  labels(node: LabelledNode, signal: AbortSignal): AsyncIterable<LabelSet>;
}

/** The node that labels are wanted for. */
export interface LabelledNode {
  readonly name: string;
  /** Nothing of this machine is true of it. */
  readonly isSimulated: boolean;
}

/** What a source knows of a node. */
export interface LabelSet {
  /** Values by name, both as Kubernetes allows them. A name without a domain gets `feature.node.kubernetes.io/`. Those that are not allowed are left out, and logged. */
  readonly labels: Labels;
  /** When single labels become void, in milliseconds since the epoch, by the same names. The others hold until the source says otherwise. */
  readonly expiresAt?: Readonly<Record<string, number>>;
}

export type Labels = Readonly<Record<string, string>>;

/** The domain of names that have none (that of Node Feature Discovery). */
export const featureDomain = 'feature.node.kubernetes.io';
/** Where programs leave feature files, and where Node Feature Discovery looks for them. */
export const featureFileDirectory = '/etc/kubernetes/node-feature-discovery/features.d';
/** How many labels the sources of a node may set together, and each of them; more are left out, and logged. */
export const maximumLabels = 512;
