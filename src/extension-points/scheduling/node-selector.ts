import type { Node, NodeSelector, NodeSelectorRequirement, NodeSelectorTerm, Pod } from '../../api/generated/core-v1.ts';

/** Whether a node is one a pod insists on: its `nodeSelector` and its required node affinity. */
export function matchesRequiredNodeAffinity({ spec }: Pod, node: Node): boolean {
  const labels = node.metadata.labels ?? {};
  for (const key in spec?.nodeSelector) if (labels[key] !== spec.nodeSelector[key]) return false;
  const required = spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  return !required || matchesNodeSelector(required, node);
}

/** Whether any term matches. A selector without terms matches nothing. */
export const matchesNodeSelector = ({ nodeSelectorTerms }: NodeSelector, node: Node): boolean =>
  nodeSelectorTerms.some((term) => matchesNodeSelectorTerm(term, node));

/** Whether all requirements of a term hold. A term without requirements matches nothing. */
export function matchesNodeSelectorTerm({ matchExpressions = [], matchFields = [] }: NodeSelectorTerm, node: Node): boolean {
  if (matchExpressions.length === 0 && matchFields.length === 0) return false;
  return (
    matchExpressions.every((requirement) => holds(requirement, node.metadata.labels?.[requirement.key])) &&
    matchFields.every((requirement) => holds(requirement, requirement.key === 'metadata.name' ? node.metadata.name : undefined))
  );
}

function holds({ operator, values = [] }: NodeSelectorRequirement, found: string | undefined): boolean {
  switch (operator) {
    case 'In':
      return found !== undefined && values.includes(found);
    case 'NotIn':
      return found === undefined || !values.includes(found);
    case 'Exists':
      return found !== undefined;
    case 'DoesNotExist':
      return found === undefined;
    case 'Gt':
      return compares(found, values[0], (left, right) => left > right);
    case 'Lt':
      return compares(found, values[0], (left, right) => left < right);
    default:
      return false;
  }
}

function compares(found: string | undefined, wanted: string | undefined, compare: (left: bigint, right: bigint) => boolean): boolean {
  if (found === undefined || wanted === undefined || !isInteger(found) || !isInteger(wanted)) return false;
  return compare(BigInt(found), BigInt(wanted));
}

const isInteger = (text: string): boolean => /^[+-]?\d{1,19}$/.test(text) && text[0] !== '+';
