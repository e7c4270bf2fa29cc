import type { Pod, Service, ServicePort } from '../../../api/generated/core-v1.ts';
import { nameOf } from '../../../api/object.ts';

export interface ApiServerAddress {
  readonly host: string;
  readonly port: number;
}

/**
 * The variables that tell a pod of services (Docker's old link variables, and `<NAME>_SERVICE_HOST/PORT`): those of its own namespace when
 * `enableServiceLinks` is on, and always those of the API server, from `apiServer` when given, else from service default/kubernetes.
 */
export function serviceVariables(pod: Pod, services: readonly Service[], apiServer: ApiServerAddress | undefined): Map<string, string> {
  const isMaster = (service: Service): boolean => service.metadata.namespace === 'default' && nameOf(service) === 'kubernetes';
  const isVisible = (service: Service): boolean =>
    hasClusterIp(service) && (isMaster(service) || (pod.spec.enableServiceLinks !== false && service.metadata.namespace === pod.metadata.namespace));
  const variables = new Map<string, string>();
  for (const service of services) if (isVisible(service)) addService(variables, service);
  if (apiServer) addApiServer(variables, apiServer);
  return variables;
}

const hasClusterIp = ({ spec }: Service): boolean => spec?.clusterIP !== undefined && spec.clusterIP !== '' && spec.clusterIP !== 'None';

const variableName = (text: string): string => text.toUpperCase().replaceAll('-', '_');

function addService(variables: Map<string, string>, service: Service): void {
  const { clusterIP: host = '', ports = [] } = service.spec ?? {};
  const first = ports[0];
  if (!first) return;
  const prefix = variableName(nameOf(service));
  variables.set(`${prefix}_SERVICE_HOST`, host);
  variables.set(`${prefix}_SERVICE_PORT`, String(first.port));
  for (const port of ports) if (port.name) variables.set(`${prefix}_SERVICE_PORT_${variableName(port.name)}`, String(port.port));
  ports.forEach((port, index) => addLink(variables, prefix, host, { port, isFirst: index === 0 }));
}

function addLink(variables: Map<string, string>, prefix: string, host: string, { port, isFirst }: { port: ServicePort; isFirst: boolean }): void {
  const protocol = (port.protocol ?? 'TCP').toUpperCase();
  const shownHost = host.includes(':') ? `[${host}]` : host;
  const url = `${protocol.toLowerCase()}://${shownHost}:${port.port}`;
  const portPrefix = `${prefix}_PORT_${port.port}_${protocol}`;
  if (isFirst) variables.set(`${prefix}_PORT`, url);
  variables.set(portPrefix, url);
  variables.set(`${portPrefix}_PROTO`, protocol.toLowerCase());
  variables.set(`${portPrefix}_PORT`, String(port.port));
  variables.set(`${portPrefix}_ADDR`, host);
}

function addApiServer(variables: Map<string, string>, { host, port }: ApiServerAddress): void {
  addService(variables, {
    metadata: { name: 'kubernetes', namespace: 'default' },
    spec: { clusterIP: host, ports: [{ name: 'https', port, protocol: 'TCP' }] },
  });
}
