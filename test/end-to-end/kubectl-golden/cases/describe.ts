import type { DetailedCase, GoldenCase } from '../golden-case.ts';

/** Kinds with a namespace, and one of the objects. */
const namespaced = [
  ...['pods/waits', 'deployments/web', 'replicasets', 'rc/rc', 'statefulsets/sts', 'daemonsets/ds', 'jobs/job', 'services/web', 'svc/ext'],
  ...[
    'endpoints/eps',
    'endpointslices/hand',
    'endpointslices/none',
    'ingresses/ing',
    'ing/ing2',
    'networkpolicies/np',
    'netpol/np2',
    'configmaps/cm',
    'secrets/s',
  ],
  ...['pvc/pvc', 'pdb/pdb', 'pdb/pdb2', 'resourcequotas/quota', 'quota/best', 'limitranges/limits', 'roles/role', 'rolebindings/rb'],
];
const clusterWide = [
  ...[
    'pv/described-1',
    'pv/described-2',
    'pv/described-3',
    'sc/described-fast',
    'sc/described-slow',
    'csinodes/described-csi',
    'priorityclasses/described-priority',
  ],
  ...['namespaces/described', 'ns/empty', 'clusterroles/described-cr', 'clusterrolebindings/described-crb', 'ingressclasses/described-nginx'],
  ...['servicecidrs/described-cidr', 'servicecidrs/kubernetes', 'deviceclasses/described-devices', 'clusterroles/view', 'apiservices/v1.apps'],
];

const ofNodes = {
  // The newest kubectl leaves out what nodes say of kube-proxy, which is nothing.
  normalize: (text: string): string =>
    text
      .replace(/^ {2}Kube-Proxy Version: .*\n/gm, '')
      .replace(/[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d [+-]\d{4}/g, 'TIME')
      .replace(/\d+[smh](?:\d+s)?$/gm, 'AGE'),
} satisfies Partial<DetailedCase>;

const ages = {
  normalize: (text: string): string => text.replace(/\d+[smh](?:\d+s)?/g, 'AGE').replace(/ {2,}/g, '  '),
} satisfies Partial<DetailedCase>;

export const describeCases: readonly GoldenCase[] = [
  ...namespaced.map((target) => ['describe', target, '-n', 'described', '--show-events=false']),
  ...clusterWide.map((target) => ['describe', target, '--show-events=false']),
  ['describe', 'hpa', '-n', 'described', '--show-events=false'],
  { args: ['describe', 'deploy', 'web', '-n', 'golden'], ...ages },
  ['describe', 'pods', '-n', 'golden', '--show-events=false'],
  ['describe', 'pods', 'web-', '-n', 'golden', '--show-events=false'],
  ['describe', 'rs,svc', '-n', 'golden', '--show-events=false'],
  { args: ['describe', 'node', 'node-1', '--show-events=false'], ...ofNodes },
  { args: ['describe', 'nodes', '--show-events=false'], ...ofNodes },
  ['describe', 'leases', 'node-9', '-n', 'kube-node-lease'],
  ['describe', 'cm', 'told', '-n', 'described'],
  {
    args: ['describe', '-f', 'several.yaml', '--show-events=false'],
    difference: 'the newest kubectl sorts the data of config maps and secrets',
  },
  ['describe', '-f', 'nope.yaml'],
  ['describe', '-f', 'deployment.yaml', '-n', 'empty'],
  ['describe'],
  ['describe', 'foo'],
  ['describe', 'pods', 'nope', '-n', 'golden'],
  ['describe', 'pods/nope', '-n', 'golden'],
  ['describe', 'pods', 'nope', '-n', 'missing'],
  ['describe', 'pods', ''],
  ['describe', 'pods', '-n', 'a/b'],
  { args: ['get', 'hpa.v1.autoscaling', '-n', 'described', '-o', 'yaml'], difference: 'the version that is asked for; kubectl forgets it behind a short name' },
  ['describe', 'pods', 'nope', 'nope2', '-n', 'golden'],
  ['describe', 'svc/web', 'deploy/nope', '-n', 'golden'],
  ['describe', 'pods', '-n', 'empty'],
  ['describe', 'pods', '-A', '-l', 'no=such'],
  ['describe', 'pods', 'a', '-l', 'b=c'],
  ['describe', 'pods', 'x', '-A'],
  ['describe', 'pods', '-l', '=='],
  ['describe', 'pods', '--foo'],
  ['describe', 'pods', '--chunk-size=x'],
  ['describe', 'pods', '--as=nobody', '-n', 'golden'],
  { args: ['describe', 'cronjobs', '-n', 'described'], difference: 'the newest kubectl shows time zones' },
  { args: ['describe', 'sa', '-n', 'described'], difference: 'the newest kubectl shows no tokens and does not look secrets up' },
  { args: ['describe', 'svc', '-n', 'described'], difference: 'the newest kubectl shows no events of several objects' },
];
