import type { LoadBalancerIngress, Service, ServicePort } from '../../../../api/generated/core-v1.ts';
import type { EndpointSlice } from '../../../../api/generated/discovery-v1.ts';
import { endpointslices, services } from '../../../../api/generated/resource-types.ts';
import { type DescribeContext, defineDescriber } from '../contract.ts';
import { listObjects } from '../list-objects.ts';
import type { Page } from '../page/page.ts';
import { orNone, pairsText } from '../page/texts.ts';
import { field, fieldIfSet, identitySections } from '../sections.ts';
import { endpointsText } from './endpoint-texts.ts';

interface Facts {
  readonly slices: readonly EndpointSlice[];
}

export const serviceDescriber = defineDescriber<Service, Facts>({
  resources: [services],
  find: async ({ metadata }, context) => ({ slices: await slicesOfService(context, metadata.namespace, metadata.name ?? '').catch(() => []) }),
  sections: [
    ...identitySections,
    field('Selector', ({ spec }) => pairsText(spec?.selector)),
    field('Type', ({ spec }) => spec?.type ?? ''),
    fieldIfSet('IP Family Policy', ({ spec }) => spec?.ipFamilyPolicy),
    field('IP Families', ({ spec }) => orNone(spec?.ipFamilies?.join(','))),
    field('IP', ({ spec }) => spec?.clusterIP ?? ''),
    field('IPs', ({ spec }) => orNone(spec?.clusterIPs?.join(','))),
    fieldIfSet('External IPs', ({ spec }) => spec?.externalIPs?.join(',')),
    fieldIfSet('Desired LoadBalancer IP', ({ spec }) => spec?.loadBalancerIP),
    fieldIfSet('External Name', ({ spec }) => spec?.externalName),
    (page, { status }) => {
      const ingress = status?.loadBalancer?.ingress ?? [];
      if (ingress.length > 0) page.field(0, 'LoadBalancer Ingress', ingress.map(ingressText).join(', '));
    },
    (page, { spec }, { slices }) => {
      for (const port of spec?.ports ?? []) writePort(page, port, slices);
    },
    field('Session Affinity', ({ spec }) => spec?.sessionAffinity ?? ''),
    fieldIfSet('External Traffic Policy', ({ spec }) => spec?.externalTrafficPolicy),
    fieldIfSet('Internal Traffic Policy', ({ spec }) => spec?.internalTrafficPolicy),
    fieldIfSet('HealthCheck NodePort', ({ spec }) => spec?.healthCheckNodePort || ''),
    fieldIfSet('LoadBalancer Source Ranges', ({ spec }) => spec?.loadBalancerSourceRanges?.join(',')),
    fieldIfSet('Traffic Distribution', ({ spec }) => spec?.trafficDistribution),
  ],
});

/** The endpoint slices of a service. */
export const slicesOfService = (context: DescribeContext, namespace: string | undefined, name: string): Promise<EndpointSlice[]> =>
  listObjects({ ...context, chunkSize: 0 }, { resource: endpointslices, namespace }, { labelSelector: `kubernetes.io/service-name=${name}` });

const ingressText = ({ ip, ipMode, hostname = '' }: LoadBalancerIngress): string => (ip ? `${ip}${ipMode === undefined ? '' : ` (${ipMode})`}` : hostname);

function writePort(page: Page, { name = '', port, protocol = 'TCP', targetPort, appProtocol, nodePort }: ServicePort, slices: readonly EndpointSlice[]): void {
  const shownName = name || '<unset>';
  page.line(0, 'Port:', shownName, `${port}/${protocol}`);
  page.field(0, 'TargetPort', `${targetPort ?? 0}/${protocol}`);
  if (appProtocol !== undefined) page.field(0, 'AppProtocol', appProtocol);
  if (nodePort) page.line(0, 'NodePort:', shownName, `${nodePort}/${protocol}`);
  page.field(0, 'Endpoints', endpointsText(slices, name));
}
