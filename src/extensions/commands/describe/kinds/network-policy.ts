import type { NetworkPolicy, NetworkPolicyPeer, NetworkPolicyPort } from '../../../../api/generated/networking-v1.ts';
import { networkpolicies } from '../../../../api/generated/resource-types.ts';
import { defineDescriber, type Section } from '../contract.ts';
import type { Page } from '../page/page.ts';
import { orNone, selectorText } from '../page/texts.ts';
import { goTime } from '../page/times.ts';
import { annotationsSection, field, labelsSection, nameSection, namespaceSection } from '../sections.ts';

const specSection: Section<NetworkPolicy> = (page, { spec }) => {
  const { podSelector = {}, policyTypes = [], ingress = [], egress = [] } = spec ?? {};
  page.line(0, 'Spec:');
  const selectsAll = Object.keys(podSelector.matchLabels ?? {}).length === 0 && !podSelector.matchExpressions?.length;
  page.write(1, 'PodSelector: ');
  page.line(2, selectsAll ? '<none> (Allowing the specific traffic to all pods in this namespace)' : selectorText(podSelector));
  if (policyTypes.includes('Ingress')) {
    page.line(1, 'Allowing ingress traffic:');
    writeRules(
      page,
      ingress.map(({ ports, from }) => ({ ports, peers: from })),
      { traffic: 'ingress', side: 'From', what: 'source' },
    );
  } else page.line(1, 'Not affecting ingress traffic');
  if (policyTypes.includes('Egress')) {
    page.line(1, 'Allowing egress traffic:');
    writeRules(
      page,
      egress.map(({ ports, to }) => ({ ports, peers: to })),
      { traffic: 'egress', side: 'To', what: 'destination' },
    );
  } else page.line(1, 'Not affecting egress traffic');
  page.line(1, `Policy Types: ${orNone(policyTypes.join(', '))}`);
};

export const networkPolicyDescriber = defineDescriber<NetworkPolicy>({
  resources: [networkpolicies],
  events: 'none',
  sections: [
    nameSection,
    namespaceSection,
    field('Created on', ({ metadata }) => goTime(metadata.creationTimestamp)),
    labelsSection,
    annotationsSection,
    specSection,
  ],
});

interface Rule {
  readonly ports: readonly NetworkPolicyPort[] | undefined;
  readonly peers: readonly NetworkPolicyPeer[] | undefined;
}

interface Direction {
  readonly traffic: string;
  readonly side: string;
  readonly what: string;
}

function writeRules(page: Page, rules: readonly Rule[], { traffic, side, what }: Direction): void {
  if (rules.length === 0) return page.line(2, `<none> (Selected pods are isolated for ${traffic} connectivity)`);
  for (const [index, { ports = [], peers = [] }] of rules.entries()) {
    if (index > 0) page.line(2, '----------');
    if (ports.length === 0) page.line(2, 'To Port: <any> (traffic allowed to all ports)');
    for (const port of ports) page.line(2, portText(port));
    if (peers.length === 0) page.line(2, `${side}: <any> (traffic not restricted by ${what})`);
    for (const peer of peers) {
      page.line(2, `${side}:`);
      writePeer(page, peer);
    }
  }
}

const portText = ({ port, endPort, protocol = 'TCP' }: NetworkPolicyPort): string =>
  endPort === undefined ? `To Port: ${port ?? '<nil>'}/${protocol}` : `To Port Range: ${port ?? '<nil>'}-${endPort}/${protocol}`;

function writePeer(page: Page, { podSelector, namespaceSelector, ipBlock }: NetworkPolicyPeer): void {
  if (namespaceSelector) page.line(3, `NamespaceSelector: ${selectorText(namespaceSelector)}`);
  if (podSelector) page.line(3, `PodSelector: ${selectorText(podSelector)}`);
  if (namespaceSelector || podSelector || !ipBlock) return;
  page.line(3, 'IPBlock:');
  page.line(4, `CIDR: ${ipBlock.cidr}`);
  page.line(4, `Except: ${(ipBlock.except ?? []).join(', ')}`);
}
