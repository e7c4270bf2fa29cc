import type { Service } from '../../../api/generated/core-v1.ts';
import { queryText } from '../../../client/request-paths.ts';
import { defineCommand } from '../../../extension-points/commands/contract.ts';
import { dumpCommand } from './dump-command.ts';

export const clusterInfoCommand = defineCommand({
  name: 'cluster-info',
  group: 'Cluster Management Commands:',
  short: 'Display cluster information',
  long: `
    Display where the control plane is, and services with the label kubernetes.io/cluster-service=true.

    To find out more about a cluster that has problems, use "$PROGRAM cluster-info dump".`,
  usage: 'cluster-info [flags]',
  examples: `# Print the address of the control plane and cluster services
$PROGRAM cluster-info`,
  subcommands: [dumpCommand],
  async run({ cluster, streams, program }) {
    const { server } = cluster.connection();
    const flag = cluster.globalFlag('namespace');
    const namespace = typeof flag === 'string' && flag !== '' ? flag : 'kube-system';
    const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/services${queryText({ labelSelector: 'kubernetes.io/cluster-service=true' })}`;
    const advice = `\nTo further debug and diagnose cluster problems, use '${program} cluster-info dump'.\n`;
    const { items } = await cluster
      .client()
      .json<{ items: Service[] }>({ method: 'GET', path })
      .catch((error: unknown) => {
        streams.stdout.write(advice);
        throw error;
      });
    const say = (name: string, link: string): void =>
      streams.stdout.write(
        streams.stdout.hasColours ? `\u001b[0;32m${name}\u001b[0m is running at \u001b[0;33m${link}\u001b[0m\n` : `${name} is running at ${link}\n`,
      );
    say('Kubernetes control plane', server);
    for (const service of items) say(service.metadata.labels?.['kubernetes.io/name'] ?? service.metadata.name ?? '', linkOf(service, server));
    streams.stdout.write(advice);
  },
});

/** Where a service is reached: its load balancer, else through the API server. */
function linkOf({ metadata, spec, status }: Service, server: string): string {
  const ports = spec?.ports ?? [];
  const [ingress] = status?.loadBalancer?.ingress ?? [];
  if (ingress) return ports.map(({ port }) => `http://${ingress.ip || ingress.hostname}:${port} `).join('');
  const [port] = ports;
  const scheme = port && (port.name === 'https' || port.port === 443) ? 'https:' : '';
  const name = port ? `${scheme}${metadata.name}${scheme !== '' || port.name ? `:${port.name ?? ''}` : ''}` : metadata.name;
  return `${server}/api/v1/namespaces/${metadata.namespace}/services/${name}/proxy`;
}
