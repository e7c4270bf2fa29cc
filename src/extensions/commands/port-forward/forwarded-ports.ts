import type { Pod, Service } from '../../../api/generated/core-v1.ts';

/** A port here (0: any) and the one of the pod that it leads to. */
export interface ForwardedPort {
  readonly local: number;
  readonly remote: number;
}

/** `LOCAL:REMOTE` or one for both. */
function split(word: string): { readonly local: string; readonly remote: string } {
  const parts = word.split(':');
  return parts.length === 2 ? { local: parts[0]!, remote: parts[1]! } : { local: parts[0]!, remote: parts[0]! };
}

const isNumber = (text: string): boolean => /^[-+]?\d+$/.test(text);

function containerPort(pod: Pod, name: string): number {
  for (const { ports = [] } of [...(pod.spec?.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always'), ...(pod.spec?.containers ?? [])])
    for (const port of ports) if (port.name === name) return port.containerPort;
  throw new Error(`Pod '${pod.metadata.name}' does not have a named port '${name}'`);
}

function servicePort({ metadata, spec }: Service, name: string): number {
  const found = spec?.ports?.find((port) => (port.name ?? '') === name);
  if (!found) throw new Error(`Service '${metadata.name}' does not have a named port '${name}'`);
  return found.port;
}

/** Words of a pod's ports, with numbers for names. */
export function podPorts(words: readonly string[], pod: Pod): string[] {
  requireTcp(
    words,
    (pod.spec?.containers ?? []).flatMap(({ ports = [] }) => ports.map(({ containerPort: port, protocol }) => ({ port, protocol }))),
    (name) => containerPort(pod, name),
  );
  return words.map((word) => {
    const { local, remote } = split(word);
    if (remote === '') throw new Error('remote port cannot be empty');
    const number = isNumber(remote) ? remote : String(containerPort(pod, remote));
    return local === remote ? number : `${local}:${number}`;
  });
}

/** Words of a service's ports, with the ports of its pod in their place. */
export function servicePorts(words: readonly string[], service: Service, pod: Pod): string[] {
  requireTcp(words, service.spec?.ports ?? [], (name) => servicePort(service, name));
  return words.map((word) => {
    const { local, remote } = split(word);
    const number = isNumber(remote) ? Number(remote) : servicePort(service, remote);
    const localPort = !isNumber(remote) && local === remote ? String(number) : local;
    const target = String(targetPort(service, pod, number));
    return localPort === target ? target : `${localPort}:${target}`;
  });
}

function targetPort({ metadata, spec }: Service, pod: Pod, number: number): number {
  const found = spec?.ports?.find(({ port }) => port === number);
  if (!found) throw new Error(`Service ${metadata.name} does not have a service port ${number}`);
  if (spec?.clusterIP === 'None') return number;
  const { targetPort: target } = found;
  if (typeof target === 'string') return containerPort(pod, target);
  return target || found.port;
}

/** Only TCP can be forwarded; a port that is there for both is fine. */
function requireTcp(
  words: readonly string[],
  ports: readonly { readonly port: number; readonly protocol?: string }[],
  numberOf: (name: string) => number,
): void {
  const byProtocol = (protocol: string): Set<number> => new Set(ports.filter((port) => (port.protocol ?? 'TCP') === protocol).map(({ port }) => port));
  const tcp = byProtocol('TCP');
  const udp = byProtocol('UDP');
  for (const word of words) {
    const { remote } = split(word);
    if (remote === '') continue;
    const number = isNumber(remote) ? Number(remote) : numberOf(remote);
    if (udp.has(number) && !tcp.has(number)) throw new Error(`UDP protocol is not supported for ${remote}`);
  }
}

/** Reads `LOCAL:REMOTE`, `:REMOTE` and `PORT`. Throws with client-go's words. */
export function parsePorts(words: readonly string[]): ForwardedPort[] {
  return words.map((word) => {
    const parts = word.split(':');
    if (parts.length > 2) throw new Error(`invalid port format '${word}'`);
    const [local = '', remote = local] = parts;
    const ports = { local: portOf(local === '' && parts.length === 2 ? '0' : local, 'local'), remote: portOf(remote, 'remote') };
    if (ports.remote === 0) throw new Error('remote port must be > 0');
    return ports;
  });
}

function portOf(text: string, side: string): number {
  const problem = (what: string): Error => new Error(`error parsing ${side} port '${text}': strconv.ParseUint: parsing ${JSON.stringify(text)}: ${what}`);
  if (!/^\d+$/.test(text)) throw problem('invalid syntax');
  if (Number(text) > 65_535) throw problem('value out of range');
  return Number(text);
}
