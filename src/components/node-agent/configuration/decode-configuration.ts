import type { ResourceList, Taint } from '../../../api/generated/core-v1.ts';
import { compileSchema } from '../../../api/schema-processor.ts';
import { ApiError } from '../../../api/status.ts';
import { parseYaml } from '../../../api/yaml.ts';
import { kubeletConfigurationSchema, kubeletSchemas } from './schema.ts';

const apiVersion = 'kubelet.config.k8s.io/v1beta1';
const longestText = 1024 * 1024;

/** What a file says, its fields and their types checked, nothing filled in: the fields that are acted upon, and others as they are. */
export interface GivenConfiguration extends Readonly<Record<string, unknown>> {
  readonly staticPodPath?: string;
  readonly podLogsDir?: string;
  readonly address?: string;
  readonly port?: number;
  readonly clusterDomain?: string;
  readonly clusterDNS?: readonly string[];
  readonly nodeLeaseDurationSeconds?: number;
  readonly maxPods?: number;
  readonly registerWithTaints?: readonly Taint[];
  readonly cpuManagerPolicy?: string;
  readonly cpuManagerPolicyOptions?: Readonly<Record<string, string>>;
  readonly cpuManagerReconcilePeriod?: string;
  readonly memoryManagerPolicy?: string;
  readonly reservedMemory?: readonly { readonly numaNode?: number; readonly limits?: ResourceList }[];
  readonly topologyManagerPolicy?: string;
  readonly topologyManagerScope?: string;
  readonly topologyManagerPolicyOptions?: Readonly<Record<string, string>>;
  readonly systemReserved?: Readonly<Record<string, string>>;
  readonly kubeReserved?: Readonly<Record<string, string>>;
  readonly reservedSystemCPUs?: string;
  readonly systemReservedCgroup?: string;
  readonly kubeReservedCgroup?: string;
  readonly evictionHard?: Readonly<Record<string, string>>;
  readonly mergeDefaultEvictionSettings?: boolean;
  readonly featureGates?: Readonly<Record<string, boolean>>;
}

/** Reads a KubeletConfiguration, YAML or JSON, as upstream's strict decoder does, in its words. Throws an Error. */
export function decodeKubeletConfiguration(text: string): GivenConfiguration {
  if (text.length > longestText) throw new Error(`a KubeletConfiguration may have at most ${longestText} characters, this has ${text.length}`);
  const { value, duplicateMessage, duplicateFields } = parsed(text);
  requireKind(value);
  const { unknownFields, decodeError } = compileSchema(kubeletConfigurationSchema, kubeletSchemas).process(value, {
    prune: false,
    applyDefaults: false,
    dialect: 'built-in',
  });
  if (decodeError !== undefined) throw new Error(`failed to decode: ${decodeError}`);
  const repeated = duplicateMessage === undefined ? duplicateFields.map((field) => `duplicate field ${JSON.stringify(field)}`) : [duplicateMessage];
  const problems = [...repeated, ...unknownFields.map((field) => `unknown field ${JSON.stringify(field)}`)];
  if (problems.length > 0) throw new Error(`failed to decode: strict decoding error: ${problems.join(', ')}`);
  return value as GivenConfiguration;
}

function parsed(text: string): ReturnType<typeof parseYaml> {
  try {
    return parseYaml(text);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const message = error.message.replace('error converting YAML to JSON', "couldn't get version/kind; json parse error");
    throw new Error(`failed to decode: ${message}`, { cause: error });
  }
}

function requireKind(value: unknown): void {
  const { apiVersion: version = '', kind = '' } = (typeof value === 'object' && value !== null ? value : {}) as { apiVersion?: unknown; kind?: unknown };
  if (typeof kind !== 'string' || kind === '') throw new Error("failed to decode: Object 'Kind' is missing in the configuration");
  if (typeof version !== 'string' || version === '') throw new Error("failed to decode: Object 'apiVersion' is missing in the configuration");
  if (version !== apiVersion || kind !== 'KubeletConfiguration') throw new Error(`failed to decode: no kind "${kind}" is registered for version "${version}"`);
}
