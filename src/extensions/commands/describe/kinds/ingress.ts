import type { Service } from '../../../../api/generated/core-v1.ts';
import type { Ingress, IngressBackend, IngressServiceBackend } from '../../../../api/generated/networking-v1.ts';
import { ingresses, services } from '../../../../api/generated/resource-types.ts';
import type { KubernetesObject } from '../../../../api/object.ts';
import { compareText } from '../../../../extension-points/commands/printers/go-values.ts';
import { getObject } from '../../../../extension-points/commands/resources/object-requests.ts';
import { type DescribeContext, defineDescriber, type Section } from '../contract.ts';
import { annotationsSection, field, labelsSection, nameSection, namespaceSection } from '../sections.ts';
import { endpointsText } from './endpoint-texts.ts';
import { slicesOfService } from './service.ts';

/** What each backend is, found out before anything is written. */
interface Facts {
  readonly backends: ReadonlyMap<IngressBackend, string>;
}

const rulesSection: Section<Ingress, Facts> = (page, { spec }, { backends }) => {
  page.write(0, 'Rules:\n  Host\tPath\tBackends\n');
  page.line(1, '----', '----', '--------');
  const rules = (spec?.rules ?? []).filter(({ http }) => http);
  for (const { host, http } of rules) {
    page.line(1, host || '*', '');
    for (const { path = '', backend } of http!.paths) page.line(2, '', `${path} `, backends.get(backend));
  }
  if (rules.length === 0) page.line(1, '*', '*', defaultText(spec?.defaultBackend, backends));
};

export const ingressDescriber = defineDescriber<Ingress, Facts>({
  resources: [ingresses],
  async find({ metadata, spec }, context) {
    const all = [
      ...(spec?.defaultBackend ? [spec.defaultBackend] : []),
      ...(spec?.rules ?? []).flatMap(({ http }) => (http?.paths ?? []).map(({ backend }) => backend)),
    ];
    const texts = await Promise.all(all.map(async (backend) => [backend, await backendText(context, metadata.namespace ?? '', backend)] as const));
    return { backends: new Map(texts) };
  },
  sections: [
    nameSection,
    labelsSection,
    namespaceSection,
    field('Address', ({ status }) => {
      const addresses = (status?.loadBalancer?.ingress ?? []).map(({ ip, hostname }) => ip || hostname || '').filter((address) => address !== '');
      return [...new Set(addresses)].sort(compareText).join(',');
    }),
    field('Ingress Class', ({ spec }) => spec?.ingressClassName ?? '<none>'),
    field('Default backend', ({ spec }, { backends }) => defaultText(spec?.defaultBackend, backends)),
    (page, { spec }) => {
      if (!spec?.tls?.length) return;
      page.line(0, 'TLS:');
      for (const { secretName, hosts = [] } of spec.tls) page.line(1, `${secretName ? `${secretName} terminates` : 'SNI routes'} ${hosts.join(',')}`);
    },
    rulesSection,
    annotationsSection,
  ],
});

const defaultText = (backend: IngressBackend | undefined, backends: Facts['backends']): string => (backend ? backends.get(backend)! : '<default>');

async function backendText(context: DescribeContext, namespace: string, { service, resource }: IngressBackend): Promise<string> {
  if (service) return serviceText(context, namespace, service);
  return resource ? `APIGroup: ${resource.apiGroup ?? '<none>'}, Kind: ${resource.kind}, Name: ${resource.name}` : '';
}

/** A service and its port, with the endpoints behind or why they are not known. */
async function serviceText(context: DescribeContext, namespace: string, { name, port = {} }: IngressServiceBackend): Promise<string> {
  const text = `${name}:${port.number || (port.name ?? '')}`;
  try {
    const slices = await slicesOfService(context, namespace, name);
    const { spec } = (await getObject(context.client, { resource: services, namespace, name })) as KubernetesObject as Service;
    const found = spec?.ports?.findLast((each) => (port.number ? port.number === each.port : false) || (Boolean(port.name) && port.name === each.name));
    return `${text} (${endpointsText(slices, found?.name ?? '')})`;
  } catch (error) {
    return `${text} (<error: ${(error as Error).message}>)`;
  }
}
