import type { ContainerPort, Pod } from '../../api/generated/core-v1.ts';

/** A port of the node that a pod takes. `hostIP` `0.0.0.0` stands for all addresses. */
export interface HostPort {
  /** `protocol/port`, the key of `NodeInfo.usedPorts`. */
  readonly port: string;
  readonly hostIP: string;
}

const anyAddress = '0.0.0.0';

/** The host ports of a pod's containers and sidecars. */
export function hostPorts({ spec }: Pod): HostPort[] {
  const running = [...(spec?.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always'), ...(spec?.containers ?? [])];
  const ports: HostPort[] = [];
  for (const container of running) for (const port of container.ports ?? []) if ((port.hostPort ?? 0) > 0) ports.push(hostPortOf(port));
  return ports;
}

/** Whether a port is taken: the same protocol and number, on the same address or on all. */
export function isPortTaken({ port, hostIP }: HostPort, usedPorts: ReadonlyMap<string, ReadonlySet<string>>): boolean {
  const addresses = usedPorts.get(port);
  if (!addresses || addresses.size === 0) return false;
  return hostIP === anyAddress || addresses.has(hostIP) || addresses.has(anyAddress);
}

const hostPortOf = ({ protocol, hostPort, hostIP }: ContainerPort): HostPort => ({ port: `${protocol ?? 'TCP'}/${hostPort}`, hostIP: hostIP || anyAddress });
