import type { Pod } from '../../../api/generated/core-v1.ts';

/** What is to become of a pod of a node that is drained. */
export type Verdict =
  | { readonly kind: 'goes'; readonly warning?: string }
  | { readonly kind: 'stays'; readonly warning?: string }
  | { readonly kind: 'forbids'; readonly reason: string };

export interface DrainRules {
  readonly force: boolean;
  readonly ignoresDaemonSets: boolean;
  readonly deletesLocalData: boolean;
  /** Pods whose deletion was due so long ago are not waited for; 0: none. */
  readonly skipAfterSeconds: number;
  readonly nowMs: number;
  /** Undefined when the pod's daemon set is there, else why it is not: its error. */
  daemonSetProblem(pod: Pod, name: string): Promise<{ readonly message: string; readonly isMissing: boolean } | undefined>;
}

export interface ChosenPods {
  readonly pods: readonly Pod[];
  /** In one line; `''`: none. */
  readonly warnings: string;
  readonly errors: readonly Error[];
}

/** Decides over each pod by kubectl's rules. Errors and warnings name the pods they are about. */
export async function choosePods(pods: readonly Pod[], rules: DrainRules): Promise<ChosenPods> {
  const going: Pod[] = [];
  const warnings = new Map<string, string[]>();
  const errors = new Map<string, string[]>();
  const note = (notes: Map<string, string[]>, text: string, { metadata }: Pod): void =>
    void notes.set(text, [...(notes.get(text) ?? []), `${metadata.namespace}/${metadata.name}`]);
  for (const pod of pods) {
    const verdict = await judge(pod, rules);
    if (verdict.kind === 'goes') going.push(pod);
    if (verdict.kind === 'forbids') note(errors, verdict.reason, pod);
    else if (verdict.warning !== undefined) note(warnings, verdict.warning, pod);
  }
  const lines = (notes: ReadonlyMap<string, readonly string[]>): string[] => [...notes].map(([text, names]) => `${text}: ${names.join(', ')}`);
  return { pods: going, warnings: lines(warnings).join('; '), errors: lines(errors).map((line) => new Error(`cannot delete ${line}`)) };
}

/** The last warning counts, as in kubectl. */
async function judge(pod: Pod, rules: DrainRules): Promise<Verdict> {
  const { metadata, spec, status } = pod;
  if (isLongGone(pod, rules)) return { kind: 'stays' };
  const isFinished = status?.phase === 'Succeeded' || status?.phase === 'Failed';
  const controller = metadata.ownerReferences?.find((owner) => owner.controller);
  let warning: string | undefined;
  if (controller?.kind === 'DaemonSet' && controller.apiVersion === 'apps/v1' && !isFinished) {
    const problem = await rules.daemonSetProblem(pod, controller.name);
    if (problem && !(problem.isMissing && rules.force)) return { kind: 'forbids', reason: problem.message };
    if (!problem && !rules.ignoresDaemonSets) return { kind: 'forbids', reason: 'DaemonSet-managed Pods (use --ignore-daemonsets to ignore)' };
    if (!problem) return { kind: 'stays', warning: 'ignoring DaemonSet-managed Pods' };
  }
  if (metadata.annotations?.['kubernetes.io/config.mirror'] !== undefined) return { kind: 'stays' };
  if (isFinished) return { kind: 'goes' };
  if (spec?.volumes?.some(({ emptyDir }) => emptyDir !== undefined) && !rules.deletesLocalData)
    return { kind: 'forbids', reason: 'Pods with local storage (use --delete-emptydir-data to override)' };
  if (!controller && !rules.force) return { kind: 'forbids', reason: 'Pods that declare no controller (use --force to override)' };
  if (!controller) warning = 'deleting Pods that declare no controller';
  return { kind: 'goes', ...(warning === undefined ? {} : { warning }) };
}

export const isLongGone = ({ metadata }: Pod, { skipAfterSeconds, nowMs }: Pick<DrainRules, 'skipAfterSeconds' | 'nowMs'>): boolean =>
  skipAfterSeconds > 0 && metadata.deletionTimestamp !== undefined && (nowMs - Date.parse(metadata.deletionTimestamp)) / 1000 >= skipAfterSeconds + 1;
