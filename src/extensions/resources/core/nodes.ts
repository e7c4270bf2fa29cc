import type { Node, Taint } from '../../../api/generated/core-v1.ts';
import { nodes } from '../../../api/generated/resource-types.ts';
import { labelValueProblems } from '../../../api/names.ts';
import { type FieldError, fieldError } from '../../../api/status.ts';
import type { ResourceDefinition } from '../../../extension-points/resources/contract.ts';
import { defineBuiltIn } from '../../../extension-points/resources/define.ts';
import type { Draft, Loose } from '../../../extension-points/resources/draft.ts';
import { validateLabelKey } from '../../../extension-points/resources/object-meta.ts';
import { ageColumn, type Column, nameColumn } from '../../../extension-points/resources/printer.ts';
import { sameValue } from '../../../extension-points/resources/same-value.ts';
import { cidrAt, duplicates, eachAt } from './field-checks.ts';
import { validateTaintEffect } from './pod-scheduling-validation.ts';
import { settleAmounts } from './resource-amounts.ts';
import { validateAmount } from './resource-requirements-validation.ts';

const rolePrefix = 'node-role.kubernetes.io/';

const columns: readonly Column<Node>[] = [
  nameColumn,
  { name: 'Status', description: 'Whether the node is ready and takes new pods.', cell: statusText },
  { name: 'Roles', description: "Roles named by the node's labels.", cell: rolesText },
  ageColumn,
  { name: 'Version', description: 'Version of the node agent.', cell: (node) => node.status?.nodeInfo?.kubeletVersion ?? '' },
  { name: 'Internal-IP', priority: 1, description: 'First address inside the cluster.', cell: (node) => addressOf(node, 'InternalIP') },
  { name: 'External-IP', priority: 1, description: 'First address outside the cluster.', cell: (node) => addressOf(node, 'ExternalIP') },
  { name: 'OS-Image', priority: 1, description: 'Operating system.', cell: (node) => node.status?.nodeInfo?.osImage || '<unknown>' },
  { name: 'Kernel-Version', priority: 1, description: 'Version of the kernel.', cell: (node) => node.status?.nodeInfo?.kernelVersion || '<unknown>' },
  {
    name: 'Container-Runtime',
    priority: 1,
    description: 'Name and version of the container runtime.',
    cell: (node) => node.status?.nodeInfo?.containerRuntimeVersion || '<unknown>',
  },
];

/** core/v1 `nodes`. Agents register with a status, so creation keeps it. */
export function nodeDefinition(): ResourceDefinition {
  return defineBuiltIn(nodes, {
    columns,
    generationFields: [],
    keepsStatusOnCreate: true,
    applyDefaults(draft) {
      for (const list of [draft.status?.capacity, draft.status?.allocatable]) settleAmounts(list);
      if (draft.status?.capacity && !draft.status.allocatable) draft.status.allocatable = { ...draft.status.capacity };
    },
    validate: validateNode,
    validateUpdate: validateNodeUpdate,
    selectableFields: { 'spec.unschedulable': (node) => node.spec?.unschedulable ?? false },
    status: { validateUpdate: (node, old) => [...validateStatus(node), ...validateNodeUpdate(node, old)] },
    subresources: { proxy: { kind: 'connect', verbs: ['get', 'post', 'put', 'delete', 'patch', 'options', 'head'] } },
  });
}

function statusText({ spec, status }: Draft<Node>): string {
  const ready = status?.conditions?.find((condition) => condition.type === 'Ready');
  const text = !ready ? 'Unknown' : ready.status === 'True' ? 'Ready' : 'NotReady';
  return spec?.unschedulable ? `${text},SchedulingDisabled` : text;
}

function rolesText({ metadata }: Draft<Node>): string {
  const roles = Object.entries(metadata.labels ?? {}).flatMap(([key, value]) =>
    key.startsWith(rolePrefix) ? [key.slice(rolePrefix.length)] : key === 'kubernetes.io/role' ? [value] : [],
  );
  return [...new Set(roles.filter((role) => role !== ''))].sort().join(',') || '<none>';
}

const addressOf = (node: Draft<Node>, type: string): string => node.status?.addresses?.find((address) => address.type === type)?.address ?? '<none>';

function validateNode(node: Draft<Node>): FieldError[] {
  const cidrs = node.spec?.podCIDRs ?? [];
  const duplicate = duplicates();
  const errors = [
    // Upstream reports taints below metadata.
    ...validateTaints(node.spec?.taints, 'metadata.taints'),
    ...validateStatus(node),
    ...eachAt(cidrs, 'spec.podCIDRs', (cidr, path) => [...cidrAt(cidr, path), ...duplicate(cidr, path)]),
  ];
  const families = new Set(cidrs.map((cidr) => cidr.includes(':')));
  if (cidrs.length > 1 && (families.size !== 2 || cidrs.length > 2))
    errors.push(fieldError.invalid('spec.podCIDRs', cidrs, 'may specify no more than one CIDR for each IP family'));
  return errors;
}

function validateStatus({ status }: Draft<Node>): FieldError[] {
  const duplicate = duplicates();
  return [
    ...(['capacity', 'allocatable'] as const).flatMap((list) =>
      Object.entries(status?.[list] ?? {}).flatMap(([name, amount]) => validateAmount(name, amount, `status.${list}.${name}`)),
    ),
    ...eachAt(status?.addresses, 'status.addresses', (address, path) => duplicate(JSON.stringify([address.type, address.address]), path, address)),
  ];
}

function validateTaints(taints: readonly Loose<Taint>[] | undefined, path: string): FieldError[] {
  const seen = new Set<string>();
  return eachAt(taints, path, (taint, at) => {
    const problems = labelValueProblems(taint.value ?? '');
    const errors = [
      ...validateLabelKey(taint.key ?? '', `${at}.key`),
      ...(problems.length > 0 ? [fieldError.invalid(`${at}.value`, taint.value, problems.join(';'))] : []),
      ...validateTaintEffect(taint.effect, `${at}.effect`),
    ];
    const identity = JSON.stringify([taint.key, taint.effect]);
    if (seen.has(identity)) errors.push({ ...fieldError.duplicate(at, taint), detail: 'taints must be unique by key and effect pair' });
    seen.add(identity);
    return errors;
  });
}

function validateNodeUpdate(node: Draft<Node>, old: Draft<Node>): FieldError[] {
  const errors: FieldError[] = [];
  const before = old.spec?.podCIDRs ?? [];
  if (before.length > 0 && !sameValue(before, node.spec?.podCIDRs))
    errors.push(fieldError.forbidden('spec.podCIDRs', 'node updates may not change podCIDR except from "" to valid'));
  if (old.spec?.providerID && old.spec.providerID !== node.spec?.providerID)
    errors.push(fieldError.forbidden('spec.providerID', 'node updates may not change providerID except from "" to valid'));
  if ((old.spec?.externalID ?? '') !== (node.spec?.externalID ?? '')) errors.push(fieldError.forbidden('spec.externalID', 'may not be updated'));
  return errors;
}
