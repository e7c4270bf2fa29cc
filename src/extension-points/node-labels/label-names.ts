import { labelValueProblems, qualifiedNameProblems } from '../../api/names.ts';
import { featureDomain } from './contract.ts';

/** The name as it stands on the node. */
export const fullLabelName = (name: string): string => (name.includes('/') ? name : `${featureDomain}/${name}`);

/** Domains of Kubernetes' own in which labels of features may be, with all below them (NFD `FeatureLabelNs`, `ProfileLabelNs`). */
const openDomains = [featureDomain, 'profile.node.kubernetes.io'];
/** Domains that mean something to Kubernetes itself. NFD leaves `k8s.io` open; there a node may set nothing on itself (NodeRestriction). */
const closedDomains = ['kubernetes.io', 'k8s.io'];

/** Why a source may not set a label; undefined when it may. Takes what a module written by others may hand over. */
export function labelProblem(name: string, value: unknown): string | undefined {
  const full = fullLabelName(name);
  const [nameProblem] = qualifiedNameProblems(full);
  if (nameProblem !== undefined) return nameProblem;
  const domain = full.slice(0, full.indexOf('/'));
  const isIn = (parent: string): boolean => domain === parent || domain.endsWith(`.${parent}`);
  if (closedDomains.some(isIn) && !openDomains.some(isIn)) return `namespace "${domain}" is not allowed`;
  if (typeof value !== 'string') return 'its value is not a text';
  return labelValueProblems(value)[0];
}
