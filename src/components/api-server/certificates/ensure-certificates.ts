import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { hostname } from 'node:os';
import { CertificateStore } from './certificate-store.ts';
import { type CertificateAndKey, mintCertificateAuthority, mintClientCertificate, mintServingCertificate } from './mint-certificate.ts';

export interface CertificateOptions {
  /** Where certificates and keys are kept: `<name>.crt` and `<name>.key`, readable by their owner only. */
  readonly directory: string;
  /** Milliseconds since the epoch. Default: the system's. */
  readonly now?: () => number;
  /** Names the API server is reached by, beside the host name and those within the cluster. */
  readonly serverNames?: readonly string[];
  readonly serverAddresses?: readonly string[];
  /** The cluster's DNS domain. Default `cluster.local`. */
  readonly clusterDomain?: string;
  /** The address of the `kubernetes` service. Default 10.96.0.1. */
  readonly serviceAddress?: string;
}

/** Everything a cluster's parts need to know each other. What only some clusters need is minted, or read, when first asked for. */
export interface ClusterCertificates {
  /** Signs servers, clients and nodes alike. */
  readonly ca: CertificateAndKey;
  readonly apiServer: CertificateAndKey;
  /** `kubernetes-admin` in `system:masters`. */
  readonly admin: CertificateAndKey;
  /** Signs the tokens of service accounts: an EC P-256 key, PEM. */
  readonly serviceAccountKey: { readonly privateKeyPem: string; readonly publicKeyPem: string };
  controllerManager(): Promise<CertificateAndKey>;
  scheduler(): Promise<CertificateAndKey>;
  /** Shown by the API server to node agents: `kube-apiserver-kubelet-client`. */
  apiServerToNodeAgent(): Promise<CertificateAndKey>;
  /** Shown by the API server to aggregated API servers, which trust this authority to name users in headers. */
  frontProxy(): Promise<{ readonly ca: CertificateAndKey; readonly client: CertificateAndKey }>;
  /** `addresses` are what the node's agent serves on. */
  node(name: string, addresses?: readonly string[]): Promise<NodeCertificates>;
}

export interface NodeCertificates {
  /** `system:node:<name>` in `system:nodes`. */
  readonly client: CertificateAndKey;
  readonly serving: CertificateAndKey;
}

const authorityDays = 3_650;
const leafDays = 365;

/**
 * Reads the cluster's certificates and mints what is missing, about to expire (30 days), damaged, signed by another authority, or without a name or
 * address it needs. Throws when the directory cannot be read or written.
 */
export async function ensureCertificates(options: CertificateOptions): Promise<ClusterCertificates> {
  const now = options.now ?? Date.now;
  const store = new CertificateStore(options.directory);
  const ca = await ensureAuthority(store, now(), { file: 'ca', commonName: 'kubernetes' });
  const own = (): Authority => ({ store, ca, nowMs: now() });
  const [apiServer, admin, serviceAccountKey] = await Promise.all([
    ensureServing(own(), { file: 'apiserver', commonName: 'kube-apiserver', ...apiServerNames(options) }),
    ensureClient(own(), { file: 'admin', commonName: 'kubernetes-admin', organizations: ['system:masters'] }),
    ensureServiceAccountKey(store),
  ]);
  return {
    ca,
    apiServer,
    admin,
    serviceAccountKey,
    controllerManager: () => ensureClient(own(), { file: 'controller-manager', commonName: 'system:kube-controller-manager' }),
    scheduler: () => ensureClient(own(), { file: 'scheduler', commonName: 'system:kube-scheduler' }),
    // In system:masters: the node agent asks the API server what its caller may do.
    apiServerToNodeAgent: () =>
      ensureClient(own(), { file: 'apiserver-kubelet-client', commonName: 'kube-apiserver-kubelet-client', organizations: ['system:masters'] }),
    frontProxy: () => ensureFrontProxy(store, now()),
    node: (name, addresses = []) => ensureNode(own(), name, addresses),
  };
}

interface Authority {
  readonly store: CertificateStore;
  readonly ca: CertificateAndKey;
  readonly nowMs: number;
}
interface Named {
  readonly file: string;
  readonly commonName: string;
  readonly organizations?: readonly string[];
}

function ensureAuthority(store: CertificateStore, nowMs: number, { file, commonName }: Named): Promise<CertificateAndKey> {
  return store.ensure(file, { nowMs, commonName }, () => mintCertificateAuthority({ commonName, days: authorityDays, nowMs }));
}

function ensureClient({ store, ca, nowMs }: Authority, { file, commonName, organizations = [] }: Named): Promise<CertificateAndKey> {
  return store.ensure(file, { nowMs, commonName, issuerPem: ca.certificatePem }, () =>
    mintClientCertificate({ ca, commonName, organizations, days: leafDays, nowMs }),
  );
}

function ensureServing(
  { store, ca, nowMs }: Authority,
  request: Named & { serverNames: readonly string[]; serverAddresses: readonly string[] },
): Promise<CertificateAndKey> {
  const { file, ...wanted } = request;
  return store.ensure(file, { nowMs, issuerPem: ca.certificatePem, ...wanted }, () => mintServingCertificate(ca, { ...wanted, days: leafDays, nowMs }));
}

async function ensureFrontProxy(store: CertificateStore, nowMs: number): Promise<{ ca: CertificateAndKey; client: CertificateAndKey }> {
  const ca = await ensureAuthority(store, nowMs, { file: 'front-proxy-ca', commonName: 'front-proxy-ca' });
  return { ca, client: await ensureClient({ store, ca, nowMs }, { file: 'front-proxy-client', commonName: 'front-proxy-client' }) };
}

async function ensureNode(authority: Authority, name: string, addresses: readonly string[]): Promise<NodeCertificates> {
  // A node's name is a DNS subdomain, checked before it becomes part of a file name.
  if (!/^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/.test(name)) throw new Error(`certificates: ${JSON.stringify(name)} is not a node name`);
  const commonName = `system:node:${name}`;
  const [client, serving] = await Promise.all([
    ensureClient(authority, { file: `node-${name}-client`, commonName, organizations: ['system:nodes'] }),
    ensureServing(authority, {
      file: `node-${name}-serving`,
      commonName,
      organizations: ['system:nodes'],
      serverNames: [name, 'localhost'],
      serverAddresses: ['127.0.0.1', '::1', ...addresses],
    }),
  ]);
  return { client, serving };
}

function apiServerNames({ serverNames = [], serverAddresses = [], clusterDomain = 'cluster.local', serviceAddress = '10.96.0.1' }: CertificateOptions): {
  serverNames: string[];
  serverAddresses: string[];
} {
  const service = ['kubernetes', 'kubernetes.default', 'kubernetes.default.svc', `kubernetes.default.svc.${clusterDomain}`];
  return {
    serverNames: [...new Set(['localhost', ...service, hostname().toLowerCase(), ...serverNames])],
    serverAddresses: [...new Set(['127.0.0.1', '::1', serviceAddress, ...serverAddresses])],
  };
}

async function ensureServiceAccountKey(store: CertificateStore): Promise<ClusterCertificates['serviceAccountKey']> {
  let privateKeyPem = await store.text('service-account.key');
  if (privateKeyPem === undefined) {
    privateKeyPem = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    await store.write('service-account.key', privateKeyPem);
  }
  return { privateKeyPem, publicKeyPem: createPublicKey(privateKeyPem).export({ type: 'spki', format: 'pem' }).toString() };
}
