import { goKind, noHead } from './go-json.ts';

/** What a field of an entry holds; `other`: a value of several parts. */
export type KubeconfigFieldKind = 'text' | 'boolean' | 'bytes' | 'texts' | 'other';

/** The fields of each kind of entry, as in client-go's `v1` types. */
export const kubeconfigFields = {
  clusters: {
    server: 'text',
    'tls-server-name': 'text',
    'insecure-skip-tls-verify': 'boolean',
    'certificate-authority': 'text',
    'certificate-authority-data': 'bytes',
    'proxy-url': 'text',
    'disable-compression': 'boolean',
    extensions: 'other',
  },
  users: {
    'client-certificate': 'text',
    'client-certificate-data': 'bytes',
    'client-key': 'text',
    'client-key-data': 'bytes',
    token: 'text',
    tokenFile: 'text',
    as: 'text',
    'as-uid': 'text',
    'as-groups': 'texts',
    'as-user-extra': 'other',
    username: 'text',
    password: 'text',
    'auth-provider': 'other',
    exec: 'other',
    extensions: 'other',
  },
  contexts: { cluster: 'text', user: 'text', namespace: 'text', extensions: 'other' },
} as const satisfies Readonly<Record<string, Readonly<Record<string, KubeconfigFieldKind>>>>;

const sections = [
  { list: 'clusters', field: 'cluster', type: 'Cluster', named: 'NamedCluster' },
  { list: 'users', field: 'user', type: 'AuthInfo', named: 'NamedAuthInfo' },
  { list: 'contexts', field: 'context', type: 'Context', named: 'NamedContext' },
] as const;
/** What in a file keeps it from being a kubeconfig, in the words of client-go's decoder; undefined: nothing that is known of is of a wrong type. */
export function kubeconfigProblem(value: unknown): string | undefined {
  if (!isMapping(value)) return noHead(value);
  const { apiVersion = 'v1', kind = 'Config' } = value;
  if ((apiVersion || 'v1') !== 'v1' || (kind || 'Config') !== 'Config')
    return `no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion)} in scheme "pkg/runtime/scheme.go:111"`;
  const current = value['current-context'] ?? '';
  if (typeof current !== 'string') return mismatch(current, 'Config.current-context', 'string');
  for (const section of sections) {
    const problem = listProblem(value[section.list] ?? [], section);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function listProblem(list: unknown, { list: path, field, type, named }: (typeof sections)[number]): string | undefined {
  if (!Array.isArray(list)) return mismatch(list, `Config.${path}`, `[]v1.${named}`);
  for (const entry of list as unknown[]) {
    if (!isMapping(entry)) return mismatch(entry, `Config.${path}`, `v1.${named}`);
    if (typeof (entry['name'] ?? '') !== 'string') return mismatch(entry['name'], `${named}.${path}.name`, 'string');
    const content = entry[field] ?? {};
    if (!isMapping(content)) return mismatch(content, `${named}.${path}.${field}`, `v1.${type}`);
    for (const [name, kind] of Object.entries<KubeconfigFieldKind>(kubeconfigFields[path])) {
      const problem = fieldProblem(content[name], kind, `${type}.${path}.${field}.${name}`);
      if (problem !== undefined) return problem;
    }
  }
  return undefined;
}

function fieldProblem(value: unknown, kind: KubeconfigFieldKind, path: string): string | undefined {
  if (value === undefined || value === null || kind === 'other') return undefined;
  if (kind === 'boolean') return typeof value === 'boolean' ? undefined : mismatch(value, path, 'bool');
  if (kind === 'texts') return Array.isArray(value) ? undefined : mismatch(value, path, '[]string');
  if (typeof value !== 'string') return mismatch(value, path, kind === 'bytes' ? '[]uint8' : 'string');
  return kind === 'bytes' ? base64Problem(value) : undefined;
}

function base64Problem(text: string): string | undefined {
  const compact = text.replace(/[\r\n]/g, '');
  const wrong = /[^A-Za-z0-9+/=]/.exec(compact);
  if (wrong) return `illegal base64 data at input byte ${wrong.index}`;
  return compact.length % 4 === 0 ? undefined : `illegal base64 data at input byte ${compact.length - (compact.length % 4)}`;
}

const mismatch = (value: unknown, path: string, type: string): string => `json: cannot unmarshal ${goKind(value)} into Go struct field ${path} of type ${type}`;

const isMapping = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);
