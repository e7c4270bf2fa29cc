import type { NetworkPolicy, NetworkPolicyPeer, NetworkPolicyPort } from '../../../api/generated/networking-v1.ts';
import { networkpolicies } from '../../../api/generated/resource-types.ts';
import { type FieldError, fieldError } from '../../../api/status.ts';
import type { ResourceDefinition } from '../../../extension-points/resources/contract.ts';
import { defineBuiltIn } from '../../../extension-points/resources/define.ts';
import type { Draft, Loose } from '../../../extension-points/resources/draft.ts';
import { ageColumn, labelSelectorText, nameColumn } from '../../../extension-points/resources/printer.ts';
import { cidrAt, eachAt, isCidr, optionalOneOfAt, portAt, rangeAt, requiredAt } from '../core/field-checks.ts';
import { validateLabelSelector } from '../core/pod-scheduling-validation.ts';
import { isInBlock } from './ip-block.ts';

/** networking.k8s.io/v1 `networkpolicies`. */
export function networkPolicyDefinition(): ResourceDefinition {
  return defineBuiltIn(networkpolicies, {
    columns: [nameColumn, { name: 'Pod-Selector', description: 'The pods it is for.', cell: ({ spec }) => labelSelectorText(spec?.podSelector) }, ageColumn],
    applyDefaults(draft) {
      const spec = (draft.spec ??= {});
      spec.podSelector ??= {};
      for (const rule of [...(spec.ingress ?? []), ...(spec.egress ?? [])]) for (const port of rule.ports ?? []) port.protocol ??= 'TCP';
      if ((spec.policyTypes?.length ?? 0) === 0) spec.policyTypes = ['Ingress', ...((spec.egress?.length ?? 0) > 0 ? (['Egress'] as const) : [])];
    },
    validate,
  });
}

function validate({ spec = {} }: Draft<NetworkPolicy>): FieldError[] {
  const types = spec.policyTypes ?? [];
  return [
    ...validateLabelSelector(spec.podSelector, 'spec.podSelector'),
    ...eachAt(spec.ingress, 'spec.ingress', (rule, path) => [
      ...eachAt(rule.ports, `${path}.ports`, validatePort),
      ...eachAt(rule.from, `${path}.from`, validatePeer),
    ]),
    ...eachAt(spec.egress, 'spec.egress', (rule, path) => [
      ...eachAt(rule.ports, `${path}.ports`, validatePort),
      ...eachAt(rule.to, `${path}.to`, validatePeer),
    ]),
    ...(types.length > 2 ? [fieldError.invalid('spec.policyTypes', types, 'may not specify more than two policyTypes')] : []),
    ...eachAt(types, 'spec.policyTypes', (type, path) => optionalOneOfAt(type, ['Ingress', 'Egress'], path)),
  ];
}

function validatePort({ protocol, port, endPort }: Loose<NetworkPolicyPort>, path: string): FieldError[] {
  const errors = optionalOneOfAt(protocol, ['TCP', 'UDP', 'SCTP'], `${path}.protocol`);
  if (port !== undefined) errors.push(...portAt(port, `${path}.port`));
  if (endPort === undefined) return errors;
  if (port === undefined) errors.push(fieldError.invalid(`${path}.endPort`, endPort, 'may not be specified when `port` is not specified'));
  else if (typeof port === 'string') errors.push(fieldError.invalid(`${path}.endPort`, endPort, 'may not be specified when `port` is non-numeric'));
  else if (endPort < port) errors.push(fieldError.invalid(`${path}.endPort`, port, 'must be greater than or equal to `port`'));
  return [...errors, ...rangeAt(endPort, 1, 65_535, `${path}.endPort`)];
}

function validatePeer(peer: Loose<NetworkPolicyPeer>, path: string): FieldError[] {
  if (!peer.podSelector && !peer.namespaceSelector && !peer.ipBlock) return [fieldError.required(path, 'must specify a peer')];
  const errors = [
    ...validateLabelSelector(peer.podSelector, `${path}.podSelector`),
    ...validateLabelSelector(peer.namespaceSelector, `${path}.namespaceSelector`),
  ];
  if (!peer.ipBlock) return errors;
  if (peer.podSelector || peer.namespaceSelector) errors.push(fieldError.forbidden(path, 'may not specify both ipBlock and another peer'));
  const { cidr = '', except = [] } = peer.ipBlock;
  const at = `${path}.ipBlock`;
  errors.push(...(cidr === '' ? requiredAt(cidr, `${at}.cidr`) : cidrAt(cidr, `${at}.cidr`)));
  return [
    ...errors,
    ...eachAt(except, `${at}.except`, (inner, exceptPath) => {
      if (!isCidr(inner)) return cidrAt(inner, exceptPath);
      return !isCidr(cidr) || isInBlock(inner, cidr) ? [] : [fieldError.invalid(exceptPath, inner, 'must be a strict subset of `cidr`')];
    }),
  ];
}
