import { dns1123SubdomainProblems } from '../../../api/names.ts';
import type { Command } from '../../../extension-points/commands/contract.ts';
import { defineGenerator, type GeneratedParts } from './generator.ts';
import { servicePort } from './service-ports.ts';

const serviceType = { group: '', version: 'v1', resource: 'services', kind: 'Service', namespaced: true } as const;
const tcpFlag = { tcp: { type: 'list', description: 'A port, and the one that it leads to: PORT:TARGET.' } } as const;

interface ServiceWish {
  readonly type: string;
  readonly tcp: readonly string[];
  readonly clusterIP?: string;
  readonly nodePort?: number;
  readonly externalName?: string;
}

function serviceParts(name: string, { type, tcp, clusterIP = '', nodePort = 0, externalName = '' }: ServiceWish): GeneratedParts {
  if (clusterIP !== 'None' && tcp.length === 0 && type !== 'ExternalName') throw new Error('at least one tcp port specifier must be provided');
  if (type === 'ExternalName' && dns1123SubdomainProblems(externalName).length > 0) throw new Error(`invalid service external name ${externalName}`);
  const labels = { app: name };
  const ports = tcp.map((text) => servicePort(text, nodePort));
  return { metadata: { labels }, spec: { type, selector: labels, ports, externalName, clusterIP } };
}

const clusterIp = defineGenerator({
  name: 'clusterip',
  short: 'Create a ClusterIP service',
  examples: `
    # With an address of the cluster
    $PROGRAM create service clusterip my-cs --tcp=5678:8080

    # Without one (headless)
    $PROGRAM create service clusterip my-cs --clusterip="None"`,
  usage: 'clusterip NAME [--tcp=<port>:<targetPort>] [--dry-run=server|client|none]',
  flags: { ...tcpFlag, clusterip: { type: 'string', description: 'The address to have; None: no address and no balancing (headless).' } },
  type: serviceType,
  failure: 'failed to create ClusterIP service: ',
  generate: ({ flags }, name) => serviceParts(name, { type: 'ClusterIP', tcp: flags.tcp, clusterIP: flags.clusterip }),
});

const nodePort = defineGenerator({
  name: 'nodeport',
  short: 'Create a NodePort service',
  examples: `
    # With a port of every node
    $PROGRAM create service nodeport my-ns --tcp=5678:8080`,
  usage: 'nodeport NAME [--tcp=port:targetPort] [--dry-run=server|client|none]',
  flags: { ...tcpFlag, 'node-port': { type: 'integer', description: 'The port of the nodes; 0: any that is free.' } },
  type: serviceType,
  failure: 'failed to create NodePort service: ',
  generate: ({ flags }, name) => serviceParts(name, { type: 'NodePort', tcp: flags.tcp, nodePort: flags['node-port'] }),
});

const loadBalancer = defineGenerator({
  name: 'loadbalancer',
  short: 'Create a LoadBalancer service',
  examples: `
    # With an address outside
    $PROGRAM create service loadbalancer my-lbs --tcp=5678:8080`,
  usage: 'loadbalancer NAME [--tcp=port:targetPort] [--dry-run=server|client|none]',
  flags: tcpFlag,
  type: serviceType,
  failure: 'failed to create LoadBalancer service: ',
  generate: ({ flags }, name) => serviceParts(name, { type: 'LoadBalancer', tcp: flags.tcp }),
});

const externalName = defineGenerator({
  name: 'externalname',
  short: 'Create an ExternalName service',
  long: 'Create a service that is another name of something outside: whoever asks for it in DNS is sent there.',
  examples: `
    # Another name of bar.com
    $PROGRAM create service externalname my-ns --external-name bar.com`,
  usage: 'externalname NAME --external-name external.name [--dry-run=server|client|none]',
  flags: { ...tcpFlag, 'external-name': { type: 'string', description: 'The name outside.' } },
  required: ['external-name'],
  type: serviceType,
  failure: 'failed to create ExternalName service: ',
  generate: ({ flags }, name) => serviceParts(name, { type: 'ExternalName', tcp: flags.tcp, externalName: flags['external-name'] }),
});

export const createServiceCommand: Command = {
  name: 'service',
  aliases: ['svc'],
  short: 'Create a service using a specified subcommand',
  usage: 'service',
  subcommands: [clusterIp, externalName, loadBalancer, nodePort],
};
